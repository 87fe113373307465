package receipts

// CheckDigit is checkDigit for the tests outside.
var CheckDigit = checkDigit
