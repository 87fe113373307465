package till

import (
	"context"
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"

	"ringup/devices/printer"
	"ringup/payments"
	"ringup/payments/alipay"
	"ringup/payments/sandbox"
	"ringup/receipts"
	"ringup/storage"
	"ringup/storage/vault"
	"ringup/ui/phrases"
)

// told are errors that a verb can end with, by the names that their packages
// export them under.
var told = map[string]error{
	"payments.ErrNoSale": payments.ErrNoSale, "payments.ErrLocked": payments.ErrLocked, "payments.ErrClosed": payments.ErrClosed,
	"payments.ErrNotProven": payments.ErrNotProven, "payments.ErrClockWrong": payments.ErrClockWrong, "payments.ErrAlreadyPaid": payments.ErrAlreadyPaid,
	"payments.ErrAttemptOpen": payments.ErrAttemptOpen, "payments.ErrNotPaid": payments.ErrNotPaid, "payments.ErrRefundOpen": payments.ErrRefundOpen,
	"payments.ErrRefundTooMuch": payments.ErrRefundTooMuch, "payments.ErrNotCertain": payments.ErrNotCertain, "payments.ErrConfirm": payments.ErrConfirm,
	"payments.ErrNeedsDecision": payments.ErrNeedsDecision, "payments.ErrOtherAmount": payments.ErrOtherAmount, "payments.ErrNothingToStop": payments.ErrNothingToStop,
	"payments.ErrNotDecidable": payments.ErrNotDecidable, "payments.ErrTooEarly": payments.ErrTooEarly, "payments.ErrOnlyGiveBack": payments.ErrOnlyGiveBack,
	"payments.ErrTooManyLines": payments.ErrTooManyLines, "payments.ErrLinesSum": payments.ErrLinesSum, "payments.ErrSomethingOpen": payments.ErrSomethingOpen,
	"payments.ErrNotADay": payments.ErrNotADay, "payments.ErrNotANumber": payments.ErrNotANumber, "payments.ErrTooLarge": payments.ErrTooLarge,
	"payments.ErrTooPrecise": payments.ErrTooPrecise, "payments.ErrNotPositive": payments.ErrNotPositive, "payments.ErrIDRStep": payments.ErrIDRStep,
	"payments.ErrNoCurrency":   payments.ErrNoCurrency,
	"payments.NotProvenError":  &payments.NotProvenError{Result: payments.ReasonNoConnection, Hint: "dial tcp: connection refused"},
	"payments.CodeError":       &payments.CodeError{Problem: payments.CodeTooShort, Digits: 9},
	"payments.CodeUsedError":   &payments.CodeUsedError{Number: sampleNo},
	"payments.SameAmountError": &payments.SameAmountError{Number: sampleNo},

	"storage.ErrDamaged": storage.ErrDamaged, "storage.ErrNewerFormat": &storage.NewerFormatError{Found: 3, Known: 2}, "storage.ErrReadOnly": storage.ErrReadOnly,
	"storage.ErrDiskFull": storage.ErrDiskFull, "storage.ErrDuplicateID": storage.ErrDuplicateID, "storage.ErrUncertain": storage.ErrUncertain,
	"storage.ErrClosed": storage.ErrClosed, "storage.ErrEvent": storage.ErrEvent, "storage.ErrCopyDamaged": storage.ErrCopyDamaged,
	"storage.ErrNoCopy": storage.ErrNoCopy, "storage.ErrNotBackup": storage.ErrNotBackup,
	"storage.NewerFormatError": &storage.NewerFormatError{Found: 3, Known: 2},
	"storage.HeldError":        &storage.HeldError{PID: 4711, Program: "ringup 1.0", Since: settled()},
	"storage.TamperError":      &storage.TamperError{Seq: 17, What: storage.Changed},
	"storage.CopyError":        &storage.CopyError{Seq: 17, Err: errors.New("cut short")}, "storage.CopyAheadError": &storage.CopyAheadError{Journal: 17, Copy: 20},

	"vault.ErrNone": vault.ErrNone, "vault.ErrOpenToOthers": vault.ErrOpenToOthers, "vault.ErrNotSaved": vault.ErrNotSaved,

	"alipay.ErrPublicAsPrivate": alipay.ErrPublicAsPrivate, "alipay.ErrPrivateAsPublic": alipay.ErrPrivateAsPublic, "alipay.ErrKeysDoNotMatch": alipay.ErrKeysDoNotMatch,
	"alipay.ErrKeyTruncated": alipay.ErrKeyTruncated, "alipay.ErrKeyTooShort": alipay.ErrKeyTooShort, "alipay.ErrKeyNotRSA": alipay.ErrKeyNotRSA,
	"alipay.ErrKeyEncrypted": alipay.ErrKeyEncrypted, "alipay.ErrKeyDamaged": alipay.ErrKeyDamaged, "alipay.ErrOwnKeyAsAlipays": alipay.ErrOwnKeyAsAlipays,
	"alipay.ErrNotKey": alipay.ErrNotKey, "alipay.ErrNotSettings": alipay.ErrNotSettings,
	"alipay.CredentialsError": &alipay.CredentialsError{Field: "clientId", Err: alipay.ErrMissing},
	"alipay.ErrMissing":       wrong(alipay.ErrMissing), "alipay.ErrTooLong": wrong(alipay.ErrTooLong), "alipay.ErrCharacters": wrong(alipay.ErrCharacters),
	"alipay.ErrMCC": wrong(alipay.ErrMCC), "alipay.ErrURL": wrong(alipay.ErrURL), "alipay.ErrHostForm": wrong(alipay.ErrHostForm),
	"alipay.ErrPlainHTTP": wrong(alipay.ErrPlainHTTP), "alipay.ErrForeignHost": wrong(alipay.ErrForeignHost),

	"till.ErrNoKeys": ErrNoKeys, "till.ErrTrainingKeys": ErrTrainingKeys, "till.ErrOtherEnvironment": ErrOtherEnvironment, "till.ErrOtherSlip": ErrOtherSlip,
	"till.ErrDamagedSettings": ErrDamagedSettings, "till.ErrBooks": ErrBooks,
	"till.ErrPaidRefundInstead": ErrPaidRefundInstead, "till.ErrRefundAmount": ErrRefundAmount, "till.ErrFormat": ErrFormat, "till.ErrNoFolder": ErrNoFolder,
	"till.ErrNoPrinter": ErrNoPrinter, "till.ErrNotLoopback": ErrNotLoopback,
	"till.ErrNoDrawer": ErrNoDrawer, "till.ErrNoReason": ErrNoReason, "till.ErrLogo": ErrLogo,
	"receipts.ErrNotDeclined": receipts.ErrNotDeclined, "receipts.ErrNotCancelled": receipts.ErrNotCancelled, "receipts.ErrTemplate": receipts.ErrTemplate,
	"till.ErrBooksWhole": ErrBooksWhole, "till.ErrStopped": fmt.Errorf("%w: %w", ErrStopped, context.Canceled),
	"till.ErrCopyUnwritten": fmt.Errorf("%w: %w", ErrCopyUnwritten, storage.ErrDiskFull),
	"till.AccountError":     &AccountError{Host: "https://open-sea-global.alipay.com"},
	"till.SettingError":     &SettingError{Field: "Zone", Err: ErrSettingUnknown},
	"till.ErrSettingEmpty":  &SettingError{Field: "ShopName", Err: ErrSettingEmpty}, "till.ErrSettingRange": &SettingError{Field: "CutOver", Err: ErrSettingRange},
	"till.ErrSettingUnknown": &SettingError{Field: "Zone", Err: ErrSettingUnknown}, "till.ErrSettingTaken": &SettingError{Field: "Display", Err: ErrSettingTaken},

	"printer.Error":     &printer.Error{Problem: printer.PaperOut, Link: "usb:///dev/usb/lp0"},
	"printer.LinkError": &printer.LinkError{Link: "lpt1", Err: printer.ErrUnknownLink}, "printer.ErrUnknownLink": &printer.LinkError{Link: "lpt1", Err: printer.ErrUnknownLink},
	"printer.ErrNotHere":   &printer.LinkError{Link: "usb://", Err: printer.ErrNotHere},
	"printer.ErrNoAddress": &printer.LinkError{Link: "tcp://", Err: printer.ErrNoAddress}, "printer.ErrBadPort": &printer.LinkError{Link: "tcp://a:x", Err: printer.ErrBadPort},
	"printer.ErrBadBaud": &printer.LinkError{Link: "serial://a", Err: printer.ErrBadBaud}, "printer.ErrBadOption": &printer.LinkError{Link: "tcp://a", Err: printer.ErrBadOption},

	"sandbox.ErrInUse":     sandbox.ErrInUse,
	"receipts.ErrNotPaid":  receipts.ErrNotPaid,
	"receipts.ErrNotFound": receipts.ErrNotRefunded,
	"a deadline":           context.DeadlineExceeded,
	"an interrupt":         context.Canceled,
	"a full disk":          &fs.PathError{Op: "write", Path: "journal.db", Err: syscall.ENOSPC},
	"a file that is there": fs.ErrExist,
	"a missing right":      fs.ErrPermission,
	"a missing file":       fs.ErrNotExist,
	"a lock without words": &storage.HeldError{},
	"an old slip":          receipts.ErrCodeDigit,
	"a late slip":          errExpired,
}

func wrong(why error) error { return &alipay.CredentialsError{Field: "host", Err: why} }

// untold are exported errors that no verb ends with, and why.
var untold = map[string]string{
	"payments.ErrCurrencies":   "a till has one currency",
	"alipay.ErrRequest":        "what it is about is told as ACCOUNT_NOT_SETUP",
	"alipay.ErrNoAccount":      "is told as ACCOUNT_NOT_SETUP",
	"alipay.ErrNoSignature":    "is told as UNSIGNED_ANSWER",
	"alipay.ErrSignatureForm":  "is told as UNSIGNED_ANSWER",
	"alipay.ErrAlgorithm":      "is told as UNSIGNED_ANSWER",
	"alipay.ErrWrongSignature": "is told as UNSIGNED_ANSWER",
	"alipay.ErrNotText":        "is told as BROKEN_ANSWER",
	"alipay.ErrNotFlag":        "is told as BROKEN_ANSWER",
	"alipay.ErrNotTime":        "is told as BROKEN_ANSWER",
	"storage.ErrNoJob":         "between the journal and the print queue",
	"vault.ErrName":            "the names of secrets are the program's own",
	"printer.ErrNoJob":         "between the till and the print queue",
	"printer.ErrNotAJob":       "between the till and the print queue",
	"printer.ErrJobWaiting":    "between the till and the print queue",
}

// Whoever adds an error says here how it is told.
func TestEveryExportedErrorIsToldOrKnownNotToBe(t *testing.T) {
	for _, folder := range []string{"../../payments", "../../payments/alipay", "../../storage", "../../storage/vault", "../../devices/printer", "../../devices/scanner", "."} {
		for _, name := range exportedErrors(t, folder) {
			_, isTold := told[name]
			if _, isUntold := untold[name]; isTold == isUntold {
				t.Errorf("%s: told %v, known not to be %v", name, isTold, isUntold)
			}
		}
	}
}

// exportedErrors are the Err… variables and the …Error types of a package.
func exportedErrors(t *testing.T, folder string) (list []string) {
	t.Helper()
	paths, err := filepath.Glob(filepath.Join(folder, "*.go"))
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range paths {
		if strings.HasSuffix(path, "_test.go") {
			continue
		}
		tree, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range tree.Decls {
			general, ok := d.(*ast.GenDecl)
			if !ok {
				continue
			}
			for _, spec := range general.Specs {
				switch s := spec.(type) {
				case *ast.ValueSpec:
					for _, n := range s.Names {
						if general.Tok == token.VAR && strings.HasPrefix(n.Name, "Err") {
							list = append(list, tree.Name.Name+"."+n.Name)
						}
					}
				case *ast.TypeSpec:
					if n := s.Name.Name; s.Name.IsExported() && strings.HasSuffix(n, "Error") {
						list = append(list, tree.Name.Name+"."+n)
					}
				}
			}
		}
	}
	return list
}

// failures are all errors that are told, in an order that stays.
func failures() (names []string, list map[string]error) {
	list = map[string]error{}
	for name, err := range told {
		list[name] = err
	}
	for _, r := range whileOpen {
		list["payments.NotProvenError "+r] = &payments.NotProvenError{Result: r}
	}
	for _, p := range []payments.CodeProblem{payments.CodeNotDigits, payments.CodeTooShort, payments.CodeTooLong, payments.CodeWeChat, payments.CodeUnionPay, payments.CodeForeign} {
		list["payments.CodeError "+string(p)] = &payments.CodeError{Problem: p, Digits: 9}
	}
	for _, p := range []printer.Problem{
		printer.Offline, printer.CoverOpen, printer.PaperOut, printer.NearEnd, printer.CutterError, printer.Unreachable, printer.Busy, printer.Stuck, printer.Cut,
		printer.HotHead, printer.Fault, printer.Unplugged,
	} {
		list["printer."+string(p)] = &printer.Error{Problem: p, Link: "usb:///dev/usb/lp0"}
	}
	list["printer.denied"] = &printer.Error{Problem: printer.Denied, Link: "usb:///dev/usb/lp0", Group: "lp"}
	list["printer.denied_here"] = &printer.Error{Problem: printer.Denied, Link: "spool://Receipt"}
	for name := range list {
		names = append(names, name)
	}
	slices.Sort(names)
	return names, list
}

func errorLines() (lines []line) {
	names, list := failures()
	for _, name := range names {
		var text [2]string
		for i, language := range tongues {
			book := bookOf(language)
			err := list[name]
			text[i] = Explain(book, err)
			var proof *payments.NotProvenError
			if errors.As(err, &proof) {
				text[i] = hide(text[i], proof.Result)
			}
			for _, brackets := range []string{"(%s)", "（%s）"} {
				text[i] = strings.ReplaceAll(text[i], fmt.Sprintf(brackets, err), fmt.Sprintf(brackets, "…"))
			}
		}
		room, _, _ := strings.Cut(name, ".")
		if strings.Contains(room, " ") {
			room = "from the system"
		}
		what, result, _ := strings.Cut(strings.TrimPrefix(name, room+"."), " ")
		if room == "from the system" {
			what, result = name, ""
		}
		lines = append(lines, line{room, what, result, text})
	}
	return lines
}

var books = map[string]*phrases.Book{}

func bookOf(language string) *phrases.Book {
	book, ok := books[language]
	if !ok {
		var err error
		if book, err = phrases.Open(language); err != nil {
			panic(err)
		}
		books[language] = book
	}
	return book
}

// Each error says whether money moved and what to do, and none falls to the
// words for what nobody foresaw.
func TestWordsOfErrors(t *testing.T) {
	names, list := failures()
	var said [2][]claim
	for _, name := range names {
		for i, language := range tongues {
			err := list[name]
			text := Explain(bookOf(language), err)
			if wrapped := Explain(bookOf(language), fmt.Errorf("while trying: %w", err)); !strings.Contains(wrapped, "while trying") && wrapped != text {
				t.Errorf("%s, %s: wrapped it is told as %s", language, name, wrapped)
			}
			said[i] = claimsOf(language, text)
			has := said[i]
			says := func(c claim) bool { return slices.Contains(has, c) }
			complain := func(what string) { t.Errorf("%s, %s %s: %s", language, name, what, text) }
			if general, _, _ := strings.Cut(bookOf(language).Say("error.other"), "{"); strings.HasPrefix(text, general) {
				complain("falls to the general words")
			}
			for _, f := range flaws(text) {
				complain(f)
			}
			switch {
			case says(saysNothing), says(saysNoRefund), says(saysNotByThis), says(saysUnchanged), says(saysUnsure):
			default:
				complain("does not say whether money moved")
			}
			if !step[language].MatchString(text) {
				complain("does not say what to do")
			}
			if says(saysNothing) && says(saysUnsure) && !says(saysItself) && !afterTheFact[name] {
				complain("says both that nothing moved and that it is not known")
			}
		}
		if !slices.Equal(said[0], said[1]) {
			t.Errorf("%s: en %v, zh %v: %s | %s", name, said[0], said[1], Explain(bookOf("en"), list[name]), Explain(bookOf("zh-Hans"), list[name]))
		}
	}
}

// afterTheFact are refusals of a new call that speak of an older one, which is
// not settled().
var afterTheFact = map[string]bool{
	"payments.ErrAttemptOpen": true, "payments.SameAmountError": true, "payments.ErrNotProven": true, "payments.ErrNeedsDecision": true,
}

// What can be said after a payment has left never says that nothing was
// charged: Settle and its like end with these when the till closes or locks.
func TestWordsOfErrorsAfterAPaymentLeft(t *testing.T) {
	for _, err := range []error{
		payments.ErrClosed, payments.ErrLocked, fmt.Errorf("%w: %w", payments.ErrLocked, storage.ErrDiskFull), storage.ErrUncertain, storage.ErrClosed,
		context.DeadlineExceeded, context.Canceled, errors.New("what nobody foresaw"),
	} {
		for _, language := range tongues {
			text := Explain(bookOf(language), err)
			has := claimsOf(language, text)
			for _, never := range []claim{saysPaid, saysNothing, saysNoRefund, saysBack} {
				if slices.Contains(has, never) {
					t.Errorf("%s: %v says %s: %s", language, err, never, text)
				}
			}
		}
	}
}
