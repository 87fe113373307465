// Package console is the till without a screen: one verb a run, for support
// staff, scripts, integrators and tests. Like the window it holds no rules;
// what a verb means is in ui/till.
//
// Results go to stdout, as sentences or, with --json, as one JSON object;
// everything else goes to stderr. The exit codes are the Exit constants.
package console

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"slices"
	"strings"
	"time"

	"github.com/alecthomas/kong"

	"ringup/ui/phrases"
	"ringup/ui/till"
)

// Exit codes.
const (
	ExitDone       = 0
	ExitRefused    = 1 // refused, not paid, or a check failed: final
	ExitWrongUse   = 2
	ExitNotSettled = 3 // not settled yet: ringup resume goes on
	ExitCannotRun  = 4 // the journal is in use or damaged, or nothing is set up
)

// Streams are where a run reads and writes. In may be nil.
type Streams struct {
	In       io.Reader
	Out, Err io.Writer
}

// grammar is the command line. Its help texts are reference for people who
// run commands, and stand here like the verbs themselves.
type grammar struct {
	Data     string           `help:"Folder of Ringup's data." placeholder:"DIR" type:"path"`
	Env      till.Environment `help:"Environment: training, sandbox or live. Default: the one last chosen, else training." enum:",training,sandbox,live" default:""`
	JSON     bool             `name:"json" help:"Print one JSON object on stdout."`
	Language string           `help:"Language of the answers: en or zh-Hans." placeholder:"TAG"`
	Verbose  bool             `help:"Log what happens on stderr, with codes and names masked."`

	Pay     payVerb     `cmd:"" help:"Charge a customer's code and follow the sale to its end."`
	Sale    saleVerb    `cmd:"" help:"Show one sale with its story."`
	Sales   salesVerb   `cmd:"" help:"List the sales of a day, or find some."`
	Cancel  cancelVerb  `cmd:"" help:"Stop an unpaid sale."`
	Refund  refundVerb  `cmd:"" help:"Give back all or part of a paid sale."`
	Decide  decideVerb  `cmd:"" help:"Decide a sale that could not be settled by asking."`
	Resume  resumeVerb  `cmd:"" help:"Settle all that is open."`
	Day     dayVerb     `cmd:"" help:"Show or export a business day."`
	Print   printVerb   `cmd:"" help:"Print a sale's slip."`
	Devices devicesVerb `cmd:"" help:"List, try and set up scanners, printers and what hangs on them."`
	Journal journalVerb `cmd:"" help:"Check, back up and make anew the books."`
	Keys    keysVerb    `cmd:"" help:"Make, import and show keys."`
	Sandbox sandboxVerb `cmd:"" help:"Run the built-in Alipay."`
	Version versionVerb `cmd:"" help:"Show the version."`
}

// run is what a verb gets.
type run struct {
	ctx     context.Context
	in      io.Reader
	out     io.Writer
	err     io.Writer
	json    bool
	options till.Options
	book    *phrases.Book
}

// exit is an exit code as an error, for verbs whose answer is printed already.
type exit int

func (e exit) Error() string { return fmt.Sprintf("exit code %d", int(e)) }

// HasVerb reports whether the arguments ask for a verb or for help, and not
// for the window.
func HasVerb(args []string) bool {
	for i := 0; i < len(args); i++ {
		switch a := args[i]; {
		case a == "-h", a == "--help":
			return true
		case a == "--data", a == "--env", a == "--language":
			i++ // its value
		case strings.HasPrefix(a, "-"):
		default:
			return true
		}
	}
	return false
}

// Run does one verb and returns the exit code. The context ends when the
// program is asked to stop: a sale then goes on at the next start.
func Run(ctx context.Context, args []string, s Streams, version string) int {
	var g grammar
	ended := -1
	parser, err := kong.New(&g,
		kong.Name("ringup"), kong.Description("The till that always knows. Without a verb it opens the window."),
		kong.Writers(s.Out, s.Err), kong.Exit(func(code int) { ended = code }), kong.UsageOnError(),
		kong.ConfigureHelp(kong.HelpOptions{Compact: true}),
	)
	if err != nil {
		fmt.Fprintln(s.Err, err)
		return ExitCannotRun
	}
	parsed, err := parser.Parse(args)
	if ended >= 0 { // help was asked for
		return ended
	}
	if err != nil {
		if slices.Contains(args, "--json") {
			(&run{out: s.Out, err: s.Err}).print(failure{Error: err.Error()})
		}
		fmt.Fprintln(s.Err, "ringup:", err)
		return ExitWrongUse
	}
	r, err := newRun(ctx, &g, s, version)
	if err == nil {
		err = parsed.Run(r)
	}
	return r.end(err)
}

func newRun(ctx context.Context, g *grammar, s Streams, version string) (*run, error) {
	r := &run{ctx: ctx, in: s.In, out: s.Out, err: s.Err, json: g.JSON}
	r.options = till.Options{Data: g.Data, Environment: g.Env, Language: g.Language, Version: version}
	if g.Verbose {
		r.options.Log = slog.New(slog.NewTextHandler(s.Err, &slog.HandlerOptions{Level: slog.LevelDebug}))
	}
	var err error
	if r.book, err = phrases.Open(till.LanguageOr(g.Language)); err != nil {
		return r, err
	}
	if r.options.Data == "" {
		r.options.Data, err = till.DefaultData()
	}
	return r, err
}

// end turns a verb's error into an exit code, and says it.
func (r *run) end(err error) int {
	var code exit
	switch {
	case err == nil:
		return ExitDone
	case errors.As(err, &code):
		if int(code) == ExitNotSettled {
			fmt.Fprintln(r.err, r.book.Say("console.not_settled"))
		}
		return int(code)
	}
	sentence := err.Error()
	if r.book != nil {
		sentence = till.Explain(r.book, err)
	}
	if r.json {
		r.print(failure{sentence, till.Reason(err)})
	}
	fmt.Fprintln(r.err, sentence)
	return codeOf(err)
}

// failure is what --json prints of an error.
type failure struct {
	Error  string `json:"error"`
	Reason string `json:"reason,omitempty"` // till.Reason
}

// codeOf is the exit code of an error.
func codeOf(err error) int {
	switch till.Sort(err) {
	case till.SortWrongInput:
		return ExitWrongUse
	case till.SortCannotRun:
		return ExitCannotRun
	case till.SortWaiting:
		return ExitNotSettled
	}
	return ExitRefused
}

// books opens the journal for a verb that only reads or prints.
func (r *run) books(verb func(*till.Books) error) error {
	b, err := till.OpenBooks(r.options)
	if err != nil {
		return err
	}
	r.book = b.Book()
	return errors.Join(verb(b), b.Close())
}

// till opens the whole till for a verb that moves money.
func (r *run) till(verb func(*till.Till) error) error {
	t, err := till.Open(r.options)
	if err != nil {
		return err
	}
	r.book = t.Book()
	return errors.Join(verb(t), t.Close())
}

// say prints a line for people, unless JSON was asked for.
func (r *run) say(format string, args ...any) {
	if !r.json {
		fmt.Fprintf(r.out, format+"\n", args...)
	}
}

// patience is --wait and --no-wait, which every verb that moves money has.
type patience struct {
	Wait   time.Duration `help:"How long to wait until it is settled." default:"180s"`
	NoWait bool          `help:"Do not wait: exit code 3 unless it is settled at once."`
}

func (p patience) context(ctx context.Context) (context.Context, context.CancelFunc) {
	if p.NoWait {
		p.Wait = 0
	}
	return context.WithTimeout(ctx, p.Wait)
}

// How long a verb waits for Alipay's first answer: no longer than it may wait
// at all, and with --no-wait no longer than one try takes.
const (
	proveWithin = 20 * time.Second
	proveOnce   = 6 * time.Second
)

// prove waits until a sale can start.
func (p patience) prove(ctx context.Context, t *till.Till) error {
	limit := min(p.Wait, proveWithin)
	if p.NoWait {
		limit = proveOnce
	}
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	return t.Prove(ctx)
}
