package escpos

import (
	"fmt"

	"ringup/receipts"
)

// ProbeModes are the ways in which the three lines of Probe are printed, best
// first.
var ProbeModes = [3]TextMode{TextGB18030, TextCP437, TextRaster}

// Probe is the job that finds out what a printer can write, when nobody knows:
// three lines, printed in the three ways of ProbeModes, of which a person says
// which can be read. All else on it is dots, which every head prints. Of the
// profile it takes the paper, the cut and whether to ask for status. The error
// is for a line that its way has no characters for, and Encode's.
func Probe(page receipts.ProbePage, p Profile) ([]byte, error) {
	p.Text = TextRaster
	j, err := newJob(p)
	if err != nil {
		return nil, err
	}
	rule := receipts.Line{Kind: receipts.Rule}
	if err := j.drawn(receipts.Line{Left: page.Title, Align: receipts.Centre, Bold: true}, receipts.Line{Left: page.Intro}, rule); err != nil {
		return nil, err
	}
	for i, mode := range ProbeModes {
		line := receipts.Line{Left: page.Lines[i]}
		if mode == TextRaster {
			err = j.drawn(line)
		} else {
			err = j.written(line, mode)
		}
		if err != nil {
			return nil, err
		}
	}
	if err := j.drawn(rule, receipts.Line{Left: page.Outro}); err != nil {
		return nil, err
	}
	j.end()
	return j.buf, nil
}

// drawn prints lines as dots.
func (j *job) drawn(lines ...receipts.Line) error {
	for _, r := range receipts.Layout(receipts.Slip{Lines: lines}, j.sheet) {
		if err := j.dots(r); err != nil {
			return err
		}
	}
	return nil
}

// written prints a line as text in that mode, in font A whatever the paper's
// columns, since Chinese characters are no smaller.
func (j *job) written(line receipts.Line, mode TextMode) error {
	set, p := find(mode), j.Profile
	p.Text, p.Paper.Cell, p.Paper.Columns = mode, 12, p.Paper.Dots/12
	j.send(esc, 'R', 0)
	j.send(set.begin...)
	for _, r := range receipts.Layout(receipts.Slip{Lines: []receipts.Line{line}}, p.Sheet()) {
		buf, ok := set.codes().append(j.buf, r.Text, false)
		if !ok {
			return fmt.Errorf("%q can't be written in %s", r.Text, mode)
		}
		j.buf = append(buf, lf)
	}
	return nil
}
