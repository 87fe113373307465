// Package settlement reads Alipay's transaction and settlement files and
// matches them with the shop's journal.
//
// Alipay puts three kinds of files on its server (Antom documentation, the
// pages Transaction Items, Settlement Items and Settlement Summary): the
// transactions of a day, on the next day; what was settled in a batch, with
// fees; and the batch in a few sums. All are CSV in UTF-8 whose first line
// names the columns and whose last line is <END>. The order of the columns is
// not promised, so they are found by name. Whether amounts are in major units
// (12.34) or in minor ones (1234) differs between the pages and is not stated
// for payments in a store, so it is told by a decimal point or by the journal;
// see Units.
//
// Open reads a file line by line; a Matcher takes one file or more and says of
// each line, and of each payment that has none, how it ends; see Outcome.
// Nothing here touches a file system or a network, and nothing is kept between
// two runs but the Pool, which the caller stores.
package settlement
