package console_test

import (
	"encoding/json"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"ringup/payments"
	"ringup/storage"
)

func TestAlarmsAreToldOnTheConsole(t *testing.T) {
	p := newProgram(t)
	add := func(bodies ...payments.Body) {
		t.Helper()
		j, err := storage.Open(filepath.Join(p.data, "training"), storage.Options{})
		if err != nil {
			t.Fatal(err)
		}
		var b payments.Batch
		for _, body := range bodies {
			b.Events = append(b.Events, payments.Event{At: time.Now(), Body: body})
		}
		if err := j.Append(b); err != nil {
			t.Fatal(err)
		}
		if err := j.Close(); err != nil {
			t.Fatal(err)
		}
	}
	add(payments.Started{Seed: "0123456789abcdefghjkmnpqrs"})
	if _, out, errs := p.run("day"); strings.Contains(errs, "Alarms") || strings.Contains(out, "alarm") {
		t.Errorf("none waits: %s %s", out, errs)
	}
	add(payments.Alarmed{Alarm: payments.Alarm{Kind: payments.AlarmFound, ID: "r", Text: "refund 2026 HK$ 10.00"}})
	code, out, errs := p.run("day")
	if code != 0 || !strings.Contains(errs, "marked as seen: 1.") || strings.Contains(out, "alarm") {
		t.Errorf("%d: %s %s", code, out, errs)
	}
	code, out, _ = p.run("resume", "--wait", "30s")
	if code != 0 || !strings.Contains(out, "A refund without a sale") || !strings.Contains(out, "refund 2026 HK$ 10.00") {
		t.Errorf("%d: %s", code, out)
	}
	_, out, _ = p.run("resume", "--json")
	var got struct {
		Sales  []any `json:"sales"`
		Alarms []struct{ At, Number, Title, Text string }
	}
	if err := json.Unmarshal([]byte(out), &got); err != nil || got.Sales == nil || len(got.Alarms) != 1 || got.Alarms[0].Title == "" || got.Alarms[0].At == "" {
		t.Errorf("%v: %s", err, out)
	}
}
