package console

import (
	"fmt"
	"io/fs"
	"os"
	"strings"
	"time"

	"ringup/ui/till"
)

// journalVerb is about the books themselves. None of it needs keys, and none of
// it moves money.
type journalVerb struct {
	Verify  verifyVerb  `cmd:"" help:"Walk the whole chain and name the first event that is not as it was written; then compare the second copy."`
	Head    headVerb    `cmd:"" help:"Show the head of the chain, as it stands on the daily summary."`
	Backup  backupVerb  `cmd:"" help:"Write the books to a file from which restore makes them anew. Not while the window is open."`
	Restore restoreVerb `cmd:"" help:"Make the books anew from a backup. Former books are kept beside."`
	Rebuild rebuildVerb `cmd:"" help:"Make damaged books anew from their second copy. The damaged file is kept beside."`
}

// journal opens the books of an environment, with keys or without.
func (r *run) journal(verb func(*till.Books) error) error {
	r.options.NoAccount = true
	return r.books(verb)
}

// telling is how a verb tells how far it is: as a line that counts up, where a
// person looks on, or with --progress as lines for a program.
type telling struct {
	Progress bool `help:"Tell the progress on stderr, as lines \"progress DONE TOTAL\"."`
	LeaveOld bool `help:"Do not look into the former file at all: for one whose reading ends the program."`
}

// progress is told how much is done. quiet wipes the line away again.
func (r *run) progress(lines bool, key string) (tell func(done, total uint64), quiet func()) {
	if lines {
		var at time.Time
		return func(done, total uint64) {
			if now := time.Now(); done == total || now.Sub(at) > time.Second/5 {
				at = now
				fmt.Fprintln(r.err, till.ProgressWord, done, total)
			}
		}, func() {}
	}
	f, ok := r.err.(*os.File)
	if !ok {
		return nil, func() {}
	}
	if info, err := f.Stat(); err != nil || info.Mode()&fs.ModeCharDevice == 0 {
		return nil, func() {}
	}
	percent, wide := -1, 0
	return func(done, total uint64) {
			if total == 0 || percent == int(done*100/total) {
				return
			}
			percent = int(done * 100 / total)
			line := r.book.Say(key, "percent", percent)
			wide = max(wide, 2*len([]rune(line)))
			fmt.Fprintf(r.err, "\r%s", line)
		}, func() {
			if wide > 0 {
				fmt.Fprintf(r.err, "\r%s\r", strings.Repeat(" ", wide))
			}
			percent, wide = -1, 0
		}
}

type verifyVerb struct {
	Progress bool `help:"Tell the progress on stderr, as lines \"progress DONE TOTAL\"."`
}

func (v *verifyVerb) Run(r *run) error {
	return r.journal(func(b *till.Books) error {
		tell, quiet := r.progress(v.Progress, "console.checking")
		err := b.Verify(r.ctx, tell)
		quiet()
		reason := till.Reason(err)
		switch reason {
		case "damaged", "copy_damaged", "copy_unwritten": // is the answer, not a failure to run
			sentence := b.Explain(err)
			if r.json {
				r.print(struct {
					OK bool `json:"ok"`
					failure
				}{false, failure{sentence, reason}})
			}
			fmt.Fprintln(r.err, sentence)
			return exit(ExitRefused)
		}
		if err != nil {
			return err
		}
		events, _, err := b.HeadOfChain()
		if err != nil {
			return err
		}
		head, err := b.Head()
		if err != nil {
			return err
		}
		if r.json {
			r.print(struct {
				OK     bool   `json:"ok"`
				Events uint64 `json:"events"`
				Head   string `json:"head"`
			}{true, events, head})
			return nil
		}
		r.say("%s", b.Book().Say("console.verified", "events", events, "head", head))
		return nil
	})
}

type headVerb struct{}

func (v *headVerb) Run(r *run) error {
	return r.journal(func(b *till.Books) error {
		events, hash, err := b.HeadOfChain()
		if err != nil {
			return err
		}
		if r.json {
			r.print(struct {
				Events uint64 `json:"events"`
				Hash   string `json:"hash"`
			}{events, fmt.Sprintf("%x", hash)})
			return nil
		}
		r.say("%d  %x", events, hash)
		return nil
	})
}

type backupVerb struct {
	File     string `arg:"" help:"The file to write. An older backup is replaced when the new one is whole." type:"path"`
	Progress bool   `help:"Tell the progress on stderr, as lines \"progress DONE TOTAL\"."`
}

func (v *backupVerb) Run(r *run) error {
	return r.journal(func(b *till.Books) error {
		tell, quiet := r.progress(v.Progress, "console.backing_up")
		err := b.Backup(r.ctx, v.File, tell)
		quiet()
		if err != nil {
			return err
		}
		events, _, err := b.HeadOfChain() // nobody else writes while this one has the books open
		if err != nil {
			return err
		}
		head, err := b.Head()
		if err != nil {
			return err
		}
		if r.json {
			r.print(struct {
				Environment till.Environment `json:"environment"`
				File        string           `json:"file"`
				Events      uint64           `json:"events"`
				Head        string           `json:"head"`
			}{b.Environment(), v.File, events, head})
			return nil
		}
		r.say("%s", b.Book().Say("console.backed_up", "file", v.File, "events", events, "head", head))
		return nil
	})
}

type restoreVerb struct {
	File string `arg:"" help:"A file that ringup journal backup wrote." type:"path"`
	Here bool   `help:"Work in this process, not in one apart that damaged books may end." hidden:""`
	telling
}

func (v *restoreVerb) Run(r *run) error {
	return r.remake("console.restored", v.telling, func(o till.RemakeOptions) (till.Remade, error) {
		if v.Here {
			return till.Restore(r.ctx, r.options, v.File, o)
		}
		self, err := r.self()
		if err != nil {
			return till.Remade{}, err
		}
		return till.RestoreApart(r.ctx, self, r.options, v.File, o)
	})
}

type rebuildVerb struct {
	Anyway bool `help:"Do not look first whether the books are damaged."`
	telling
}

func (v *rebuildVerb) Run(r *run) error {
	return r.remake("console.rebuilt", v.telling, func(o till.RemakeOptions) (till.Remade, error) {
		if v.Anyway {
			return till.Rebuild(r.ctx, r.options, o)
		}
		self, err := r.self()
		if err != nil {
			return till.Remade{}, err
		}
		tell, quiet := r.progress(v.Progress, "console.checking")
		err = till.NeedsRebuild(r.ctx, self, r.options, tell)
		quiet()
		if err != nil {
			return till.Remade{}, err
		}
		return till.RebuildApart(r.ctx, self, r.options, o)
	})
}

// self is this program's file, to be run apart. What that says is in this run's
// language.
func (r *run) self() (string, error) {
	if r.options.Language == "" {
		r.options.Language = r.book.Language()
	}
	return os.Executable()
}

// remake does a verb that makes the books anew, and tells what came back.
func (r *run) remake(key string, t telling, do func(till.RemakeOptions) (till.Remade, error)) error {
	tell, quiet := r.progress(t.Progress, "console.making")
	m, err := do(till.RemakeOptions{LeaveOld: t.LeaveOld, Progress: tell})
	quiet()
	if err != nil {
		return err
	}
	if r.json {
		r.print(m)
		return nil
	}
	say := r.book.Say
	r.say("%s", say(key, "events", m.Events, "head", m.Head))
	for _, file := range m.Kept {
		r.say("%s", say("console.kept", "file", file))
	}
	if m.Unread > 0 {
		r.say("%s", say("console.unread", "bytes", m.Unread))
	}
	if m.Search.Run > 0 {
		r.say("%s", say("console.search", "ids", m.Search.Run))
	} else {
		r.say("%s", say("console.search.none"))
	}
	return nil
}
