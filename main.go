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
		code = console.Run(ctx, args, console.Streams{Out: os.Stdout, Err: os.Stderr}, version)
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
	book, err := phrases.Open(till.LanguageOr(o.Language))
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return console.ExitCannotRun
	}
	if !desktop.HasScreen() {
		fmt.Fprintln(os.Stderr, book.Say("open.no_screen"))
		return console.ExitCannotRun
	}
	if o.Data == "" {
		if o.Data, err = till.DefaultData(); err != nil {
			fmt.Fprintln(os.Stderr, err)
			return console.ExitCannotRun
		}
	}
	application := app.NewWithID(appID)
	go func() {
		<-ctx.Done()
		fyne.Do(application.Quit)
	}()
	if self, err := os.Executable(); err == nil {
		if err := till.CheckBooks(ctx, self, o); err != nil {
			return refuse(application, book, err)
		}
	}
	t, err := till.Open(o)
	if err != nil {
		return refuse(application, book, err)
	}
	face := desktop.New(application, t, desktop.Options{Version: version, Devices: till.FindDevices})
	hearing, stopHearing := context.WithCancel(ctx)
	heard := make(chan struct{})
	go func() {
		t.Hear(hearing, face.Scanned, face.ScanBroken)
		close(heard)
	}()
	face.Show()
	application.Run()
	stopHearing()
	<-heard
	if err := t.Close(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return console.ExitCannotRun
	}
	return console.ExitDone
}

// refuse shows why the till can't open.
func refuse(application fyne.App, book *phrases.Book, why error) int {
	sentence := till.Explain(book, why)
	fmt.Fprintln(os.Stderr, sentence)
	desktop.Problem(application, book.Say("open.failed"), sentence, book.Say("open.close")).Show()
	application.Run()
	return console.ExitCannotRun
}
