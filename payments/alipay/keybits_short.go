//go:build shortkeys

package alipay

// KeyBits is far too small for money. Signing with short keys takes a sixth of
// the time, and the tag that brings them in is for long simulations only.
const KeyBits = 1024
