// Package sandbox is a whole Alipay on loopback: it speaks the same wire as
// the real one (paths, headers, signatures, codes), keeps its own durable
// ledger, and has customers with habits and a network with faults, so that a
// till can be trained on and tested without money.
//
// It checks every request as strictly as the documents allow, and where they
// leave a choice it chose, and says so here:
//
//   - What the gateway refuses before it knows the caller is answered unsigned,
//     with HTTP status 200: NO_INTERFACE_DEF, METHOD_NOT_SUPPORTED,
//     MEDIA_TYPE_NOT_ACCEPTABLE, CLIENT_INVALID, KEY_NOT_FOUND (a key version
//     other than 1), INVALID_SIGNATURE. All else is signed.
//   - A Request-Time more than ten minutes off is PARAM_ILLEGAL, signed, so that
//     the caller learns the right time from the answer; so is one that can't be
//     read. Milliseconds and ISO 8601 both pass.
//   - JSON with the same name twice in one object is PARAM_ILLEGAL.
//   - A code that was used, or that is malformed, is INVALID_PAYMENT_CODE; a
//     code of the training phone older than a minute is EXPIRED_CODE. A refused
//     try uses the code up, too.
//   - What is refused before the order exists (PARAM_ILLEGAL,
//     CURRENCY_NOT_SUPPORT) leaves nothing behind. Every later refusal is an
//     order that failed: it stands in the ledger and is the same for ever.
//   - Paying again with the same id gives the standing answer: in progress, the
//     same success or failure, or ORDER_IS_CANCELED.
//   - Cancelling an order that failed or was closed succeeds and makes it
//     CANCELLED. A customer who confirms after a cancel is paid back at once and
//     the order stays CANCELLED.
//   - Cancelling an unknown order is ORDER_NOT_EXIST and leaves no trace, as
//     with the real one; StickyCancel is the other kind of gateway.
//   - A refund that is refused for a reason of the order (too much, too late,
//     balance, cancelled, not paid) is a failed refund and its id is used up.
//     An unknown order or another currency leaves nothing behind.
//
// Time decides by what is stored: who confirms at 10:00:05 has confirmed at
// 10:00:05, whether the program ran at that moment or not.
//
// Sources: Antom documentation of the in-store payments API: "pay
// (user-presented mode)", "inquiryPayment", "cancel", "refund",
// "inquiryRefund", "idempotency", "digital signature", "API overview".
package sandbox
