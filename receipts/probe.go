package receipts

// ProbePage are the texts of the slip that finds out what a printer can write:
// the same head prints three lines in three ways, and a person says which of
// them can be read.
type ProbePage struct {
	Title string
	Intro string // the question
	// Lines are what the three ways print: A for Chinese mode, B for a code page
	// with Latin accents (all its characters are in CP437, CP850, CP858 and
	// Windows-1252), C for dots, in many scripts. Each begins with its letter.
	Lines [3]string
	Outro string // what to do with the answer
}

// ProbeLines are the texts of the slip that finds out what a printer can write,
// in the form's first language: a second one would only make it longer.
func (f Form) ProbeLines() ProbePage {
	say := func(key string) string { return Clean(f.Words.Say(key)) }
	return ProbePage{
		Title: say("slip.probe.title"),
		Intro: say("slip.probe.intro"),
		Lines: [3]string{say("slip.probe.a"), say("slip.probe.b"), say("slip.probe.c")},
		Outro: say("slip.probe.outro"),
	}
}
