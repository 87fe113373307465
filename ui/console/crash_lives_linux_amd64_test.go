package console_test

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"time"

	"ringup/payments"
	"ringup/payments/sandbox"
	"ringup/storage"
)

// life is a course of verbs, from the first word of a sale to its end.
type life struct {
	name  string
	steps []step
	fresh bool // the till knows no keys yet
	// decided: what is left to a person is given back before the rest settles.
	decided bool
}

// step is one verb of a life.
type step struct {
	verb    []string
	code    int             // its exit code when nothing goes wrong
	scripts []sandbox.Fault // what Alipay does meanwhile
	later   time.Duration   // by which Alipay's clock has moved on since the verb before
	calm    bool            // only prepares: never struck
	until   payments.AttemptState
}

func verb(line string, code int) step { return step{verb: strings.Fields(line), code: code} }

func (s step) calmly() step { s.calm = true; return s }

func (s step) after(d time.Duration) step { s.later = d; return s }

func (s step) with(f sandbox.Fault) step { s.scripts = append(s.scripts, f); return s }

// reaching is for a verb that comes back before its end: it is given more time
// until the sale is in that state.
func (s step) reaching(state payments.AttemptState) step { s.until = state; return s }

// scan is a pay with the code of a customer of that habit.
func scan(habit string, rest string, code int) step {
	return verb("pay --amount 12.50 --code 2899"+habit+"020000000000123456 "+rest, code)
}

var (
	lostAnswer  = func(call string) sandbox.Fault { return sandbox.Fault{Kind: sandbox.FaultDropAnswer, Call: call} }
	lostRequest = func(call string) sandbox.Fault { return sandbox.Fault{Kind: sandbox.FaultDropRequest, Call: call} }
	tooLate     = sandbox.Fault{Kind: sandbox.FaultResult, Call: "cancel", Code: "CANCEL_WINDOW_EXCEED", Times: -1}

	importKeys = verb("keys import "+theCredentials, 0)
	bought     = scan("00", "", 0).calmly()
	asked      = scan("01", "--no-wait", 3)
	unsure     = scan("12", "--no-wait", 3)
	stuck      = verb("cancel "+theNumber+" --wait 500ms", 3).with(tooLate).reaching(payments.AttemptResolve).calmly()
)

// whenClosed is long enough for every order to be closed, and less than what
// may lie between the till's clock and Alipay's.
const whenClosed = 3 * time.Minute

var lives = []life{
	{name: "first-sale", fresh: true, steps: []step{importKeys, scan("00", "", 0)}},
	{name: "paid", steps: []step{scan("00", "", 0)}},
	{name: "confirmed-late", steps: []step{asked, verb("resume", 0).after(10 * time.Second)}},
	{name: "declined", steps: []step{scan("03", "", 1)}},
	{name: "stopped", steps: []step{scan("08", "--no-wait", 3), verb("cancel "+theNumber+" --wait 500ms", 3), verb("resume", 0).after(whenClosed)}},
	{name: "stopped-though-paid", steps: []step{unsure, verb("cancel "+theNumber, 0).after(whenClosed)}},
	{name: "confirmed-while-stopped", steps: []step{scan("09", "--no-wait", 3).calmly(), verb("cancel "+theNumber+" --wait 500ms", 3), verb("resume", 0).after(whenClosed)}},
	{name: "answer-lost", steps: []step{scan("00", "", 0).with(lostAnswer("pay"))}},
	{name: "request-lost", steps: []step{scan("00", "", 0).with(lostRequest("pay"))}},
	{name: "again", steps: []step{scan("03", "", 1).calmly(), verb("pay --amount 12.50 --again "+theNumber+" --code 289900020000000000222222", 0)}},
	{name: "again-before-closed", steps: []step{scan("08", "--no-wait", 3).calmly(), verb("cancel "+theNumber+" --wait 500ms", 3).reaching(payments.AttemptCancelSeen).calmly(),
		verb("pay --amount 12.50 --again "+theNumber+" --code 289900020000000000222222 --wait 500ms", 3)}},
	{name: "refund", steps: []step{bought, verb("refund "+theNumber+" --amount 4", 0), verb("refund "+theNumber, 0)}},
	{name: "refund-answer-lost", steps: []step{bought, verb("refund "+theNumber+" --amount 4", 0).with(lostAnswer("refund"))}},
	{name: "refund-request-lost", steps: []step{bought, verb("refund "+theNumber, 0).with(lostRequest("refund"))}},
	{name: "refund-slow", steps: []step{scan("23", "", 0).calmly(), verb("refund "+theNumber+" --no-wait", 3), verb("resume", 0).after(15 * time.Second)}},
	{name: "refund-fails", steps: []step{scan("24", "", 0).calmly(), verb("refund "+theNumber+" --no-wait", 3).calmly(), verb("resume", 0).after(15 * time.Second)}},
	{name: "refund-recovered", steps: []step{bought, verb("refund "+theNumber+" --no-wait", 3).with(lostRequest("refund")).calmly(), verb("resume", 0)}},
	{name: "decided-back", decided: true, steps: []step{asked.calmly(), stuck, verb("decide "+theNumber+" --give-back", 0).after(10 * time.Second)}},
	{name: "decided-kept", decided: true, steps: []step{asked.calmly(), stuck, verb("decide "+theNumber+" --goods-given", 0).after(11 * time.Minute)}},
	{name: "cancel-recovered", steps: []step{unsure.calmly(), verb("resume", 0).after(whenClosed)}},
}

// scene is one verb of one life, the place where strokes fall.
type scene struct {
	life
	at int
}

// String is what -life takes.
func (s scene) String() string {
	name, nth := s.step().verb[0], 1
	for _, earlier := range s.steps[:s.at] {
		if earlier.verb[0] == name {
			nth++
		}
	}
	if nth > 1 {
		return fmt.Sprintf("%s/%s%d", s.name, name, nth)
	}
	return s.name + "/" + name
}

func (s scene) step() step { return s.steps[s.at] }

func scenes() (all []scene) {
	for _, l := range lives {
		for i, st := range l.steps {
			if !st.calm {
				all = append(all, scene{l, i})
			}
		}
	}
	return all
}

// Moments that a world keeps.
const (
	atFirst = "first" // no books, no keys
	atReady = "ready" // can sell
	atScene = "scene" // before the scene's verb
)

// staleAfter is how old a scene's base may be: customers and orders in it go
// by the clock.
const staleAfter = 20 * time.Second

// stage brings a world to the moment before the scene's verb.
func (w *world) stage(s scene) error {
	if k, ok := w.kept[atScene]; ok && time.Since(k.at) < staleAfter {
		return w.back(atScene)
	}
	if _, ok := w.kept[atReady]; !ok {
		if err := w.keep(atFirst); err != nil {
			return err
		}
		if err := w.calmly(importKeys); err != nil {
			return err
		}
		if err := w.keep(atReady); err != nil {
			return err
		}
	}
	from := atReady
	if s.fresh {
		from = atFirst
	}
	if err := w.back(from); err != nil {
		return err
	}
	for _, st := range s.steps[:s.at] {
		if err := w.calmly(st); err != nil {
			return err
		}
		if err := w.keep(atScene); err != nil { // for the number of the sale
			return err
		}
		if err := w.back(atScene); err != nil {
			return err
		}
	}
	if err := w.keep(atScene); err != nil {
		return err
	}
	return w.back(atScene)
}

// calmly plays a step to which nothing happens.
func (w *world) calmly(st step) error {
	for wait := time.Second / 2; ; wait *= 2 {
		e, err := w.play(st, stroke{}, "--wait", wait.String())
		if err != nil {
			return err
		}
		if st.until == "" {
			if e.code != st.code {
				return fmt.Errorf("%v: exit code %d, want %d: %s%s", st.verb, e.code, st.code, e.out, e.errs)
			}
			return nil
		}
		c, err := e.claim(st.verb)
		if err != nil {
			return err
		}
		if c.sale != nil && c.sale.State == string(st.until) {
			return nil
		}
		if wait > 30*time.Second {
			return fmt.Errorf("%v: never %s: %s%s", st.verb, st.until, e.out, e.errs)
		}
	}
}

// betweenVerbs is how much later each verb is than the one before: enough for
// the till to note each time that its clock is another, so that every run of a
// verb writes the same.
const betweenVerbs = 4 * time.Second

// play plays a step under a stroke. patience replaces the verb's own --wait
// where the step waits for a state.
func (w *world) play(st step, s stroke, patience ...string) (ended, error) {
	w.later(betweenVerbs + st.later)
	w.alipay.ClearScript()
	if err := w.alipay.Script(st.scripts...); err != nil {
		return ended{}, err
	}
	verb := st.verb
	if st.until != "" && len(patience) > 0 {
		verb = append(verb[:len(verb)-len(patience):len(verb)-len(patience)], patience...)
	}
	return w.run(s, verb...)
}

// settle starts the till again after a stroke, as its owner would, until
// nothing is open. strokes fall on the recovery itself, one on each try. The
// books are verified by the verb or, which is quicker, by truth alone.
func (w *world) settle(s scene, strokes []stroke, verify bool) (resumed string, killed int, err error) {
	w.alipay.ClearScript()
	w.later(whenClosed)
	if s.fresh && s.at == 0 {
		if e, err := w.run(stroke{}, importKeys.verb...); err != nil || e.code != 0 {
			return "", 0, fmt.Errorf("keys import, again: exit code %d: %s %w", e.code, e.errs, err)
		}
	}
	wait := "40s"
	if s.decided {
		wait = "1s" // what waits for a person is not settled by asking
	}
	for _, again := range strokes {
		e, err := w.run(again, "resume", "--wait", wait)
		if err != nil {
			return "", killed, err
		}
		if e.struck != nil {
			killed++
		}
	}
	if s.decided {
		if err := w.decide(); err != nil {
			return "", killed, err
		}
	}
	e, err := w.run(stroke{}, "resume", "--wait", "40s")
	if err != nil {
		return "", killed, err
	}
	if e.code != 0 {
		return "", killed, fmt.Errorf("resume: exit code %d: %s%s", e.code, e.out, e.errs)
	}
	resumed = e.out
	if !verify {
		return resumed, killed, nil
	}
	if e, err = w.run(stroke{}, "journal", "verify"); err != nil {
		return resumed, killed, err
	}
	if e.code != 0 {
		return resumed, killed, fmt.Errorf("journal verify: exit code %d: %s%s", e.code, e.out, e.errs)
	}
	return resumed, killed, nil
}

// decide is the person who decides what Alipay could not cancel.
func (w *world) decide() error {
	waits := false
	err := w.journal(func(j *storage.Journal) error {
		open, err := j.Open()
		for _, s := range open {
			waits = waits || s.State() == payments.AttemptResolve
		}
		return err
	})
	if err != nil || !waits {
		return err
	}
	e, err := w.run(stroke{}, "decide", theNumber, "--give-back")
	if err == nil && e.code != 0 {
		err = fmt.Errorf("decide: exit code %d: %s%s", e.code, e.out, e.errs)
	}
	return err
}

// verdict is what came of one stroke.
type verdict struct {
	struck   bool // it fell
	recovery int  // kills of the recovery
	end      end
	err      error
}

// suffer plays the scene under a stroke, settles, and judges.
func (w *world) suffer(s scene, blow stroke, again []stroke) (v verdict) {
	fail := func(err error) verdict { v.err = err; return v }
	if err := w.stage(s); err != nil {
		return fail(fmt.Errorf("prepare: %w", err))
	}
	start := w.kept[atScene].truth
	e, err := w.play(s.step(), blow)
	if err != nil {
		return fail(err)
	}
	v.struck = e.struck != nil
	var then truth
	w.quiet()
	if err := then.readAlipay(w.alipay); err != nil {
		return fail(err)
	}
	told, err := e.claim(s.step().verb)
	if err != nil {
		return fail(err)
	}
	resumed, killed, err := w.settle(s, again, blow.at%4 == 0)
	v.recovery = killed
	if err != nil {
		return fail(fmt.Errorf("%w\n(the verb ended with exit code %d: %s%s)", err, e.code, e.out, e.errs))
	}
	if told.verb == "resume" && told.code == 0 && killed == 0 && strings.Contains(resumed, `"number"`) {
		return fail(fmt.Errorf("resume claimed that all was settled; the next one settled %s", resumed))
	}
	last, err := w.truth()
	if err != nil {
		return fail(err)
	}
	if v.end, err = w.judge(last); err != nil {
		return fail(err)
	}
	return fail(told.check(start, then, last))
}

// points plays the scene unhurt and lists its points.
func (w *world) points(s scene) (traced, error) {
	if err := w.stage(s); err != nil {
		return traced{}, fmt.Errorf("prepare: %w", err)
	}
	e, err := w.play(s.step(), stroke{how: watched})
	if err == nil && e.code != s.step().code {
		err = fmt.Errorf("unhurt: exit code %d, want %d: %s%s", e.code, s.step().code, e.out, e.errs)
	}
	return e.traced, err
}

// strokes are all that can be done to a scene with those points. Of a long row
// of equal points, such as the ballast's, each sixteenth stands for the rest.
func strokes(t traced) (all []stroke) {
	each := func(points []point, hows []how, suits func(point, how) bool) {
		row := 0
		for i, p := range points {
			if row++; i == 0 || p != points[i-1] {
				row = 0
			}
			if row >= 16 && row%16 != 0 && (i+1 == len(points) || p == points[i+1]) {
				continue
			}
			for _, h := range hows {
				if suits(p, h) {
					all = append(all, stroke{i + 1, h})
				}
			}
		}
	}
	each(t.points, kills, func(p point, h how) bool { return h == after || p.call != "read" })
	each(t.files(), faults, func(p point, h how) bool {
		return p.suits(h) && !(h == full && p.suits(torn)) // which is the same and half a write more
	})
	return all
}

// inRecovery are kills of what follows a kill: for a third one, for a ninth
// two in a row.
func inRecovery(r *rand.Rand) (list []stroke) {
	for r.IntN(3) == 0 && len(list) < 2 {
		list = append(list, stroke{1 + r.IntN(40), kills[r.IntN(2)]})
	}
	return list
}
