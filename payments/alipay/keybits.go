//go:build !shortkeys

package alipay

// KeyBits is the size of the keys that Ringup makes, and the smallest it
// takes.
const KeyBits = 2048
