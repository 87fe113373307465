// Package alipay is Alipay on the wire: the Antom (AMS) interface for
// user-presented payments in a shop. It signs what leaves and verifies what
// comes back, knows the requests, the answers, the result codes and what to do
// about each, and offers all of it to the heart as a payments.Gateway: Client.
//
// The types, the signatures and the keys serve both sides of the wire: the
// built-in Alipay answers with them.
//
// Source of the wire format: Antom documentation, "pay (user-presented mode)",
// "inquiryPayment", "cancel", "refund", "inquiryRefund", "notifyPayment",
// "digital signature", "API overview".
package alipay
