package storage

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"time"
	"unicode"
)

const holderName = "journal.holder"

// sayWho leaves word beside the journal who has it open. It is for a person
// to read when a second program is started, so a failure is no error.
func sayWho(dir, program string, now time.Time) {
	host, _ := os.Hostname()
	word, err := json.Marshal(HeldError{PID: os.Getpid(), Host: host, Program: program, Since: now})
	if err != nil {
		return
	}
	name := filepath.Join(dir, holderName)
	if os.WriteFile(name+".new", word, 0o600) == nil {
		_ = os.Rename(name+".new", name)
	}
}

// holder reads the word that was left; what can't be read tells nobody.
func holder(dir string) *HeldError {
	e := new(HeldError)
	word, err := os.ReadFile(filepath.Join(dir, holderName))
	if err != nil || json.Unmarshal(word, e) != nil {
		return new(HeldError)
	}
	e.Host, e.Program = oneLine(e.Host), oneLine(e.Program)
	return e
}

// oneLine makes words from a file that anybody may have written fit for a
// screen: short, on one line, and no commands to a terminal.
func oneLine(words string) string {
	const longest = 100
	if len(words) > longest {
		words = words[:longest]
	}
	return strings.TrimSpace(strings.Map(func(r rune) rune {
		if !unicode.IsPrint(r) || r == unicode.ReplacementChar {
			return ' '
		}
		return r
	}, words))
}

func forgetWho(dir string) { _ = os.Remove(filepath.Join(dir, holderName)) }
