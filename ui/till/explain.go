package till

import (
	"context"
	"errors"
	"io/fs"

	"ringup/payments"
	"ringup/payments/alipay"
	"ringup/payments/sandbox"
	"ringup/receipts"
	"ringup/storage"
	"ringup/storage/vault"
	"ringup/ui/phrases"
)

// explanations are the errors that have a sentence of their own. The first one
// that errors.Is finds wins, so the special stand before the general.
var explanations = []struct {
	err error
	key string
}{
	{payments.ErrLocked, "error.locked"},
	{ErrRefundAmount, "error.refund_amount"},
	{payments.ErrClosed, "error.closed"},
	{payments.ErrNotProven, "error.not_proven"},
	{payments.ErrClockWrong, "error.clock_wrong"},
	{payments.ErrNoSale, "error.no_sale"},
	{payments.ErrAlreadyPaid, "error.already_paid"},
	{payments.ErrAttemptOpen, "error.attempt_open"},
	{payments.ErrNotPaid, "error.not_paid"},
	{payments.ErrRefundOpen, "error.refund_open"},
	{payments.ErrRefundTooMuch, "error.refund_too_much"},
	{payments.ErrNotCertain, "error.not_certain"},
	{payments.ErrConfirm, "error.confirm"},
	{payments.ErrNothingToStop, "error.nothing_to_stop"},
	{payments.ErrNeedsDecision, "error.needs_decision"},
	{payments.ErrOtherAmount, "error.other_amount"},
	{payments.ErrNotDecidable, "error.not_decidable"},
	{payments.ErrTooEarly, "error.too_early"},
	{payments.ErrOnlyGiveBack, "error.only_give_back"},
	{payments.ErrTooManyLines, "error.too_many_lines"},
	{payments.ErrLinesSum, "error.lines_sum"},
	{payments.ErrSomethingOpen, "error.something_open"},
	{payments.ErrNotPositive, "error.amount_zero"},
	{payments.ErrTooLarge, "error.amount_too_large"},
	{payments.ErrTooPrecise, "error.amount_decimals"},
	{payments.ErrNotANumber, "error.amount_not_a_number"},
	{payments.ErrIDRStep, "error.amount_idr"},
	{payments.ErrNoCurrency, "error.currency"},
	{payments.ErrNotADay, "error.not_a_day"},
	{ErrBooksWhole, "error.books_whole"},
	{ErrStopped, "error.stopped"},
	{ErrCopyUnwritten, "light.copy.failed"},
	{storage.ErrCopyDamaged, "error.copy_damaged"},
	{storage.ErrUncertain, "error.locked"},
	{storage.ErrClosed, "error.closed"},
	{storage.ErrDuplicateID, "error.event"},
	{storage.ErrEvent, "error.event"},
	{storage.ErrDiskFull, "error.disk_full"},
	{storage.ErrReadOnly, "error.read_only"},
	{storage.ErrDamaged, "error.journal_damaged"},
	{storage.ErrNoCopy, "error.no_copy"},
	{storage.ErrNotBackup, "error.not_a_backup"},
	{alipay.ErrPublicAsPrivate, "error.key_public_for_private"},
	{alipay.ErrPrivateAsPublic, "error.key_private_for_public"},
	{alipay.ErrKeysDoNotMatch, "error.key_wrong_pair"},
	{alipay.ErrKeyTruncated, "error.key_truncated"},
	{alipay.ErrKeyTooShort, "error.key_short"},
	{alipay.ErrKeyNotRSA, "error.key_not_rsa"},
	{alipay.ErrKeyEncrypted, "error.key_encrypted"},
	{alipay.ErrKeyDamaged, "error.key_damaged"},
	{alipay.ErrOwnKeyAsAlipays, "error.key_own_as_alipay"},
	{alipay.ErrNotKey, "error.key_not_a_key"},
	{alipay.ErrNotSettings, "error.credentials"},
	{vault.ErrOpenToOthers, "error.key_open_to_others"},
	{vault.ErrNotSaved, "error.key_not_saved"},
	{vault.ErrNone, "error.no_keys"},
	{ErrNoKeys, "error.no_keys"},
	{ErrTrainingKeys, "error.training_keys"},
	{ErrOtherEnvironment, "error.other_environment"},
	{ErrOtherSlip, "error.other_slip"},
	{ErrDamagedSettings, "error.settings_damaged"},
	{ErrPaidRefundInstead, "error.paid_refund_instead"},
	{ErrFormat, "error.format"},
	{ErrNoFolder, "error.no_folder"},
	{ErrNoPrinter, "error.no_printer"},
	{ErrNotLoopback, "error.not_loopback"},
	{ErrNoDrawer, "error.no_drawer"},
	{ErrNoReason, "error.no_reason"},
	{ErrLogo, "error.logo"},
	{sandbox.ErrInUse, "error.in_use"},
	{receipts.ErrCodeLength, "error.slip_code"},
	{receipts.ErrCodeDigit, "error.slip_code"},
	{receipts.ErrNotPaid, "error.no_slip"},
	{receipts.ErrNotRefunded, "error.no_refund_slip"},
	{receipts.ErrNotDeclined, "error.no_slip_yet"},
	{receipts.ErrNotCancelled, "error.no_slip_yet"},
	{receipts.ErrTemplate, "error.template"},
	{context.DeadlineExceeded, "error.waiting"},
	{context.Canceled, "error.waiting"},
	{fs.ErrExist, "error.file_exists"},
	{fs.ErrPermission, "error.permission"},
	{ErrBooks, "error.books"},
	{fs.ErrNotExist, "error.no_file"},
}

// Explain is an error as one sentence or two, in the till's language: what
// happened, whether money moved, what to do next.
func (t *Books) Explain(err error) string { return Explain(t.Book(), err) }

// Explain is an error in the language of a book, for what has no till yet.
func Explain(book *phrases.Book, err error) string {
	if err == nil {
		return ""
	}
	say := book.Say
	var (
		proof   *payments.NotProvenError
		code    *payments.CodeError
		used    *payments.CodeUsedError
		same    *payments.SameAmountError
		held    *storage.HeldError
		newer   *storage.NewerFormatError
		ahead   *storage.CopyAheadError
		setting *SettingError
		account *AccountError
		wrong   *alipay.CredentialsError
		told    *toldError
	)
	switch {
	case errors.As(err, &told):
		return told.sentence
	case errors.As(err, &proof) && proof.Result != "":
		sentence := say("error.not_proven.why", "why", say(alipay.PhraseWhileOpen(proof.Result), "code", proof.Result))
		if proof.Hint != "" {
			return say("error.support", "sentence", sentence, "detail", proof.Hint)
		}
		return sentence
	case errors.As(err, &code):
		return say("scan."+string(code.Problem), "digits", code.Digits)
	case errors.As(err, &used):
		return say("error.code_used", "number", used.Number)
	case errors.As(err, &same):
		return say("error.same_amount", "number", same.Number)
	case errors.As(err, &held) && (held.PID == 0 || held.Program == "" || held.Since.IsZero()):
		return say("error.held.unnamed")
	case errors.As(err, &held):
		return say("error.held", "program", held.Program, "pid", held.PID, "since", held.Since.Format("2006-01-02 15:04"))
	case errors.As(err, &newer):
		return say("error.newer_format", "found", newer.Found, "known", newer.Known)
	case errors.As(err, &ahead):
		return say("error.copy_ahead", "detail", ahead)
	case errors.As(err, &account):
		return say("error.account", "host", account.Host)
	case errors.As(err, &setting):
		return say("error.setting", "field", say("setting."+setting.Field), "reason", reason(book, setting.Err))
	}
	if key, group := printProblem(err); key != "" {
		return say(key, "group", group)
	}
	err = storage.Classify(err)
	for _, e := range explanations {
		if errors.Is(err, e.err) {
			return say(e.key, "detail", err)
		}
	}
	if errors.As(err, &wrong) {
		return say("error.credentials", "detail", err)
	}
	return say("error.other", "detail", err)
}

// reason is why a setting is refused, short.
func reason(book *phrases.Book, err error) string {
	say := book.Say
	switch {
	case errors.Is(err, ErrSettingEmpty):
		return say("setting.empty")
	case errors.Is(err, ErrSettingRange):
		return say("setting.range")
	case errors.Is(err, ErrSettingUnknown):
		return say("setting.unknown")
	case errors.Is(err, ErrSettingTaken):
		return say("setting.taken")
	}
	return Explain(book, err)
}

// why is what a result code means for the cashier once the payment or refund is
// over; doubt is the same while it is not known how it ends, and then never says
// that nothing was charged.
func (t *Books) why(result string) string {
	return t.Book().Say(alipay.PhraseOfEnd(result), "code", result)
}

// whyNoRefund is why for a refund that failed. It speaks of what was not given
// back: that no money moved at all, or that the payment stands cancelled, would
// be a word about the sale, whose money the books hold.
func (t *Books) whyNoRefund(result string) string {
	switch key := alipay.PhraseOfEnd(result); {
	case result == "ORDER_IS_CANCELED":
		return t.Book().Say("refund.order_cancelled")
	case key == alipay.PhraseNotSent:
		return t.Book().Say("refund.not_sent")
	case key == alipay.PhraseNoAccount:
		return t.Book().Say("refund.no_account")
	case key == alipay.PhraseFailed:
		return t.Book().Say("refund.failed")
	default:
		return t.Book().Say(key, "code", result)
	}
}

func (t *Books) doubt(result string) string {
	return t.Book().Say(alipay.PhraseWhileOpen(result), "code", result)
}
