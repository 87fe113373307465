package till

import (
	"context"
	"slices"

	"ringup/payments"
)

// Lost is the search at Alipay for what restored books had lost; it runs in the
// background from the start on.
type Lost struct {
	Done bool
	// Found are the payments that it took up today. Refunds that it found stand
	// on their sales.
	Found []payments.Sale
}

// SearchLost waits until the search that this start took up has ended, or until
// the context ends. It is nil when there was nothing to search.
func (t *Till) SearchLost(ctx context.Context) (*Lost, error) {
	if !t.searching {
		return nil, nil
	}
	err := t.desk.Searched(ctx)
	if err != nil && ctx.Err() == nil {
		return nil, err
	}
	l := &Lost{Done: err == nil}
	l.Found, err = t.found()
	return l, err
}

// found are today's sales that a search took up.
func (t *Till) found() (list []payments.Sale, err error) {
	const page = 200
	for at := 0; ; at += page {
		sales, err := t.journal.SalesOf(t.Today(), at, page)
		if err != nil {
			return nil, err
		}
		for _, s := range sales {
			if slices.ContainsFunc(s.Alarms, func(a payments.Alarm) bool { return a.Kind == payments.AlarmFound }) {
				list = append(list, s)
			}
		}
		if len(sales) < page {
			return list, nil
		}
	}
}
