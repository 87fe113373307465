package till

import (
	"encoding/json"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"ringup/payments"
)

// alarmShop is a shop's books in a folder, with a real journal.
type alarmShop struct {
	*testing.T
	data  string
	books *Books
	count int
}

func newAlarmShop(t *testing.T) *alarmShop {
	s := &alarmShop{T: t, data: t.TempDir()}
	s.open()
	t.Cleanup(func() { _ = s.books.Close() })
	return s
}

func (s *alarmShop) open() {
	s.Helper()
	var err error
	if s.books, err = OpenBooks(Options{Data: s.data, Environment: Training, Language: "en", Version: "test"}); err != nil {
		s.Fatal(err)
	}
}

func (s *alarmShop) restart() {
	s.Helper()
	if err := s.books.Close(); err != nil {
		s.Fatal(err)
	}
	s.open()
}

func (s *alarmShop) write(sale string, bodies ...payments.Body) {
	s.Helper()
	var b payments.Batch
	for _, body := range bodies {
		s.count++
		b.Events = append(b.Events, payments.Event{At: settled().Add(time.Duration(s.count) * time.Second), Sale: sale, Body: body})
	}
	if err := s.books.journal.Append(b); err != nil {
		s.Fatal(err)
	}
}

// sale writes a sale whose only attempt comes to a state, and tells its id.
func (s *alarmShop) sale(state payments.AttemptState) string {
	s.Helper()
	s.count++
	id := fmt.Sprintf("sale%d", s.count)
	sale := payments.Sale{ID: id, Number: fmt.Sprintf("T1-261121-%04d", s.count), Amount: payments.Money{Minor: 4550, Currency: "HKD"}, BusinessDay: "2026-11-21", Created: settled()}
	a := payments.Attempt{PaymentRequestID: id + "a", State: payments.AttemptIntent, Amount: sale.Amount, SentAt: settled(), Expiry: settled().Add(time.Minute)}
	s.write(id, payments.SaleOpened{Sale: sale}, payments.AttemptBegun{Attempt: a})
	s.become(id, state)
	return id
}

func (s *alarmShop) become(id string, state payments.AttemptState) {
	s.Helper()
	change := payments.AttemptChanged{PaymentRequestID: id + "a", State: state}
	if state.Final() {
		change.Day = "2026-11-21"
	}
	s.write(id, change)
}

func (s *alarmShop) alarm(sale string, k payments.AlarmKind) {
	s.Helper()
	s.write(sale, payments.Alarmed{Alarm: payments.Alarm{At: settled(), Kind: k, ID: sale + "a", Text: "inquire SUCCESS"}})
}

// waiting are the alarms as "kind sale", and the list itself.
func (s *alarmShop) waiting() (brief []string, list []Task) {
	s.Helper()
	list, err := s.books.Alarms()
	if err != nil {
		s.Fatal(err)
	}
	for _, t := range list {
		kind, _, _ := strings.Cut(t.Alarm.Key, " ")
		brief = append(brief, strings.TrimSpace(kind+" "+t.Sale.ID))
	}
	return brief, list
}

func (s *alarmShop) mustWait(want ...string) []Task {
	s.Helper()
	got, list := s.waiting()
	if !slices.Equal(got, want) {
		s.Fatalf("waiting: %v, want %v", got, want)
	}
	return list
}

func (s *alarmShop) acknowledge(t Task) {
	s.Helper()
	if err := s.books.Acknowledge(*t.Alarm); err != nil {
		s.Fatal(err)
	}
}

// marks are the notes of what was seen, oldest first.
func (s *alarmShop) marks() (list []seenNote) {
	s.Helper()
	events, err := s.books.journal.Notes(topicSeen, 1000)
	if err != nil {
		s.Fatal(err)
	}
	for _, e := range slices.Backward(events) {
		var n seenNote
		if err := json.Unmarshal(e.Body.(payments.Note).Data, &n); err != nil {
			s.Fatal(err)
		}
		list = append(list, n)
	}
	return list
}

func TestAnAlarmWaitsUntilItIsSeen(t *testing.T) {
	s := newAlarmShop(t)
	s.mustWait()
	paid, open := s.sale(payments.AttemptPaid), s.sale(payments.AttemptUnknown)
	s.alarm(open, payments.AlarmContradiction)
	s.mustWait() // the sale is a task by itself
	s.alarm(paid, payments.AlarmContradiction)
	list := s.mustWait("contradiction " + paid)
	if text := list[0].Text; !strings.Contains(text, "The sale is paid.") || !strings.Contains(text, "inquire SUCCESS") || list[0].Action != ActSeen {
		t.Errorf("%+v", list[0])
	}
	s.restart()
	list = s.mustWait("contradiction " + paid)
	s.acknowledge(list[0])
	s.mustWait()
	s.restart()
	s.mustWait()
	s.become(open, payments.AttemptCancelled) // the older alarm comes up when its sale is settled
	list = s.mustWait("contradiction " + open)
	if !strings.Contains(list[0].Text, "nothing stays charged.") {
		t.Error(list[0].Text)
	}
	s.acknowledge(list[0])
	s.mustWait()
	s.acknowledge(list[0]) // a second press writes nothing
	marks := s.marks()
	if len(marks) != 2 || len(marks[0].Events) != 1 || len(marks[1].Events) != 1 || marks[0].Events[0] <= marks[1].Events[0] {
		t.Errorf("what was seen: %+v", marks)
	}
	// Alarm and word both stay in the chain, with the sale.
	events, err := s.books.Events(paid)
	if err != nil {
		t.Fatal(err)
	}
	var kinds []payments.Kind
	for _, e := range events {
		kinds = append(kinds, e.Body.Kind())
	}
	if n := len(kinds); kinds[n-2] != payments.KindAlarmed || kinds[n-1] != payments.KindNote {
		t.Errorf("%v", kinds)
	}
	if err := s.books.Verify(t.Context(), nil); err != nil {
		t.Error(err)
	}
}

func TestAlarmsAreSeenInAnyOrder(t *testing.T) {
	s := newAlarmShop(t)
	var ids []string
	for range 5 {
		ids = append(ids, s.sale(payments.AttemptPaid))
		s.alarm(ids[len(ids)-1], payments.AlarmOtherSale)
	}
	late := ""
	for _, c := range []struct{ mark, left string }{{"2", "4310"}, {"4", "310"}, {"0", "31"}, {"3", "1+"}, {"+", "1"}, {"1", ""}} {
		names := map[string]string{}
		for i, id := range ids {
			names[fmt.Sprint(i)] = id
		}
		names["+"] = late
		_, list := s.waiting()
		if late == "" && c.mark == "3" { // another comes while a person reads
			late = s.sale(payments.AttemptPaid)
			s.alarm(late, payments.AlarmOtherSale)
		}
		at := slices.IndexFunc(list, func(x Task) bool { return x.Sale.ID == names[c.mark] })
		s.acknowledge(list[at])
		names["+"] = late
		var want []string
		for _, r := range c.left {
			want = append(want, "other_sale "+names[string(r)])
		}
		slices.SortFunc(want, func(a, b string) int { return strings.Compare(order(b), order(a)) })
		s.mustWait(want...)
		s.restart()
		s.mustWait(want...)
	}
	if m := s.marks(); len(m) != 6 || len(m[5].Seen[payments.AlarmOtherSale].But) != 0 {
		t.Errorf("%+v", m)
	}
}

// order makes "other_sale sale12" comparable.
func order(brief string) string {
	n, _ := strconv.Atoi(brief[strings.LastIndexByte(brief, 'e')+1:])
	return fmt.Sprintf("%09d", n)
}

// What a bad network brings by the dozen never stands before the rest.
func TestSuspicionsFold(t *testing.T) {
	s := newAlarmShop(t)
	first := s.sale(payments.AttemptPaid)
	for range 3 {
		s.alarm(first, payments.AlarmSuspicion)
	}
	s.mustWait("suspicion " + first)
	broke := s.sale(payments.AttemptCancelled)
	s.alarm(broke, payments.AlarmShortFunds)
	s.alarm("", payments.AlarmFound)
	open := s.sale(payments.AttemptUnknown)
	s.alarm(open, payments.AlarmSuspicion)
	second, third := s.sale(payments.AttemptPaid), s.sale(payments.AttemptPaid)
	s.alarm(second, payments.AlarmSuspicion)
	s.alarm(third, payments.AlarmSuspicion)
	list := s.mustWait("found", "short_funds "+broke, "suspicion "+third, "suspicion "+second, "suspicion "+first)
	s.acknowledge(list[4])
	s.mustWait("found", "short_funds "+broke, "suspicion "+third, "suspicion "+second)
	for range 2 * mostOfAKind {
		s.alarm(s.sale(payments.AttemptPaid), payments.AlarmSuspicion)
	}
	list = s.mustWait("found", "short_funds "+broke, "suspicion")
	if !strings.Contains(list[2].Text, "more than 200 sales") {
		t.Error(list[2].Text)
	}
	newest := s.sale(payments.AttemptPaid)
	s.alarm(newest, payments.AlarmSuspicion) // it came after the list was shown
	s.become(open, payments.AttemptPaid)     // and this one was not in it
	s.acknowledge(list[2])
	s.acknowledge(list[2])
	list = s.mustWait("found", "short_funds "+broke, "suspicion "+newest, "suspicion "+open)
	s.acknowledge(list[0])
	s.acknowledge(list[3])
	s.acknowledge(list[2])
	s.mustWait("short_funds " + broke)
	for range 2 * mostOfAKind { // so many of a heavy kind that they fold as well
		s.alarm("", payments.AlarmFound)
	}
	list = s.mustWait("found", "short_funds "+broke)
	s.acknowledge(list[0])
	list = s.mustWait("short_funds " + broke)
	s.acknowledge(list[0])
	s.mustWait()
	for i := range mostAlarms + 1 {
		s.alarm("", payments.AlarmFound)
		if _, list := s.waiting(); len(list) != min(i+1, mostAlarms) {
			t.Fatalf("%d alarms wait, %d are listed", i+1, len(list))
		}
	}
}

func TestAFewSuspicionsFoldToo(t *testing.T) {
	s := newAlarmShop(t)
	for i := range mostSuspicions + 1 {
		if _, list := s.waiting(); len(list) != i {
			t.Fatalf("%d are listed of %d", len(list), i)
		}
		s.alarm(s.sale(payments.AttemptPaid), payments.AlarmSuspicion)
	}
	list := s.mustWait("suspicion")
	if !strings.Contains(list[0].Text, "about 4 sales") || strings.Contains(list[0].Text, "{") {
		t.Error(list[0].Text)
	}
	s.acknowledge(list[0])
	s.mustWait()
	// What was marked from an older list leaves what has come since.
	after, err := s.books.horizonAfter(Alarm{kind: payments.AlarmSuspicion, events: []uint64{5}, all: true}, horizon{Through: 9, But: []uint64{8, 5, 3}})
	if err != nil || after.Through != 9 || !slices.Equal(after.But, []uint64{8}) {
		t.Errorf("%+v, %v", after, err)
	}
}

func TestARestoreIsToldUntilItIsSeen(t *testing.T) {
	s := newAlarmShop(t)
	s.write("", payments.Restored{From: payments.RestoredFromBackup, Day: "2026-11-21"})
	list := s.mustWait("restored")
	if !list[0].Alarm.Lasting || list[0].Action != "" || !strings.Contains(list[0].Text, "is being asked") {
		t.Errorf("%+v", list[0])
	}
	s.acknowledge(list[0]) // nothing to see yet
	s.mustWait("restored")
	s.write("", payments.Searched{Through: 100, Found: 2})
	list = s.mustWait("restored")
	if !strings.Contains(list[0].Text, "found at Alipay: 2.") || list[0].Action != ActSeen {
		t.Errorf("%+v", list[0])
	}
	s.acknowledge(list[0])
	s.restart()
	s.mustWait()
	s.write("", payments.Restored{From: payments.RestoredFromCopy, Day: "2026-11-22"}, payments.Searched{Through: 200})
	list = s.mustWait("restored")
	if !strings.Contains(list[0].Text, "second copy") || !strings.Contains(list[0].Text, "nothing was added") {
		t.Error(list[0].Text)
	}
}

func TestACopyThatCannotBeWrittenIsTold(t *testing.T) {
	s := newAlarmShop(t)
	if err := s.books.Close(); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(Folder(s.data, Training), "journal.copy")
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir(path, 0o700); err != nil { // a folder can't be written as a file
		t.Fatal(err)
	}
	s.open()
	paid := s.sale(payments.AttemptPaid)
	s.alarm(paid, payments.AlarmContradiction)
	list := s.mustWait("copy", "contradiction "+paid)
	if !list[0].Alarm.Lasting || list[0].Action != "" || !strings.Contains(list[0].Text, "selling goes on") {
		t.Errorf("%+v", list[0])
	}
	s.acknowledge(list[0])
	s.mustWait("copy", "contradiction "+paid)
	if err := s.books.Close(); err != nil {
		t.Log(err)
	}
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	s.open()
	s.mustWait("contradiction " + paid)
}

// A kind that payments knows and this list doesn't would never be shown.
func TestEveryKindOfAlarmIsListed(t *testing.T) {
	file, err := parser.ParseFile(token.NewFileSet(), filepath.Join("..", "..", "payments", "sale.go"), nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	var kinds []payments.AlarmKind
	ast.Inspect(file, func(n ast.Node) bool {
		if v, ok := n.(*ast.ValueSpec); ok && v.Type != nil {
			if name, ok := v.Type.(*ast.Ident); ok && name.Name == "AlarmKind" {
				text, err := strconv.Unquote(v.Values[0].(*ast.BasicLit).Value)
				if err != nil {
					t.Fatal(err)
				}
				kinds = append(kinds, payments.AlarmKind(text))
			}
		}
		return true
	})
	listed := slices.Clone(weights)
	slices.Sort(kinds)
	slices.Sort(listed)
	if len(kinds) == 0 || !slices.Equal(kinds, listed) {
		t.Errorf("payments has %v, listed are %v", kinds, listed)
	}
}
