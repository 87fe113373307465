// Ringup is the till that always knows: a cashier application for Alipay's
// user-presented payments. Without a verb it opens the window; with one it
// does that verb and ends. See package ui/till for what both do.
package main

import (
	"context"
	"flag"
	"fmt"
	"log"
	"os"
	"os/signal"
	"sync"
	"syscall"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/app"

	"ringup/ui/console"
	"ringup/ui/desktop"
	"ringup/ui/phrases"
	"ringup/ui/till"
)

// version is set by the linker; see Makefile.
var version = "0.1.0"

// appID names the program to the desktop, as FyneApp.toml does.
const appID = "org.ringup.till"

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	log.SetOutput(till.GuardLog(os.Stderr))
	args := os.Args[1:]
	code := 0
	if console.HasVerb(args) {
		console.Attach()
		code = console.Run(ctx, args, console.Streams{In: os.Stdin, Out: os.Stdout, Err: os.Stderr}, version)
	} else {
		code = window(ctx, args)
	}
	stop()
	os.Exit(code)
}

// window opens the till with a window, and returns the exit code when it is
// closed.
func window(ctx context.Context, args []string) int {
	o := till.Options{Version: version, AutoPrint: true}
	flags := flag.NewFlagSet("ringup", flag.ContinueOnError)
	flags.StringVar(&o.Data, "data", "", "folder of Ringup's data")
	flags.StringVar((*string)(&o.Environment), "env", "", "training, sandbox or live")
	flags.StringVar(&o.Language, "language", "", "en or zh-Hans")
	if err := flags.Parse(args); err != nil {
		return console.ExitWrongUse
	}
	if o.Data == "" {
		var err error
		if o.Data, err = till.DefaultData(); err != nil {
			fmt.Fprintln(os.Stderr, err)
			return console.ExitCannotRun
		}
	}
	book, err := phrases.Open(till.LanguageOf(o))
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return console.ExitCannotRun
	}
	if !desktop.HasScreen() {
		fmt.Fprintln(os.Stderr, book.Say("open.no_screen"))
		return console.ExitCannotRun
	}
	self, err := os.Executable()
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return console.ExitCannotRun
	}
	ctx, stop := context.WithCancel(ctx)
	p := &program{ctx: ctx, application: app.NewWithID(appID), options: o, book: book, self: self}
	go func() {
		<-ctx.Done()
		fyne.Do(p.application.Quit)
	}()
	err = till.CheckBooks(ctx, self, o)
	var show func()
	if err == nil {
		show, err = p.open()
	}
	switch {
	case err == nil:
		show()
	case till.Damaged(err):
		p.mend(err)
	default:
		p.refuse(err)
	}
	p.application.Run()
	stop()
	return p.close()
}

// program is what has a window.
type program struct {
	ctx         context.Context
	application fyne.App
	options     till.Options
	book        *phrases.Book // to speak while no till is open
	self        string        // this program's file

	till    *till.Till // nil: it never opened
	hearing sync.WaitGroup
	mending sync.WaitGroup
}

// open opens the till; show brings up its window.
func (p *program) open() (show func(), err error) {
	t, err := till.Open(p.options)
	if err != nil {
		return nil, err
	}
	p.till = t
	return func() {
		face := desktop.New(p.application, t, desktop.Options{
			Version: version, Network: till.FindNetworkPrinters,
			Devices: func(ctx context.Context) (till.Devices, error) { return till.FindDevices(ctx, t.Book()) },
		})
		p.hearing.Go(func() { t.Hear(p.ctx, face.Scanned, face.ScanBroken) })
		face.Show()
	}, nil
}

// close ends what is open when the last window is closed.
func (p *program) close() int {
	p.mending.Wait()
	p.hearing.Wait()
	if p.till == nil {
		return console.ExitCannotRun
	}
	if err := p.till.Close(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return console.ExitCannotRun
	}
	return console.ExitDone
}

// refuse shows why the till can't open.
func (p *program) refuse(why error) {
	sentence := till.Explain(p.book, why)
	fmt.Fprintln(os.Stderr, sentence)
	desktop.Problem(p.application, p.book.Say("open.failed"), sentence, p.book.Say("open.close")).Show()
}

// mend shows that the books are damaged, and what makes them anew.
func (p *program) mend(why error) {
	fmt.Fprintln(os.Stderr, till.Explain(p.book, why))
	environment := p.options.Environment
	if environment == "" {
		environment, _ = till.ChosenEnvironment(p.options.Data) // the till has read it already
	}
	apart := p.options
	apart.Language = p.book.Language()
	desktop.Mend(p.ctx, p.application, desktop.Mending{
		Book: p.book, Why: why,
		Backups: func() []till.FoundBackup { return till.FindBackups(environment) },
		Open: func() (func(), error) {
			p.mending.Add(1)
			defer p.mending.Done()
			return p.open()
		},
		Rebuild: func(ctx context.Context, progress func(done, total uint64)) error {
			p.mending.Add(1)
			defer p.mending.Done()
			_, err := till.RebuildApart(ctx, p.self, apart, till.RemakeOptions{Progress: progress})
			return err
		},
		Restore: func(ctx context.Context, backup string, progress func(done, total uint64)) error {
			p.mending.Add(1)
			defer p.mending.Done()
			_, err := till.RestoreApart(ctx, p.self, apart, backup, till.RemakeOptions{Progress: progress})
			return err
		},
	}).Show()
}
