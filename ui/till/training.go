package till

import (
	"context"
	"errors"
	"net"
	"path/filepath"

	"ringup/payments"
	"ringup/payments/sandbox"
	"ringup/ui/phrases"
)

// practice is training's Alipay: the built-in one, in this process, spoken to
// over real HTTP.
type practice struct {
	server   *sandbox.Server
	listener net.Listener
	ended    chan error
}

// openPractice begins the built-in Alipay of a training folder. Its ledger is
// its own: it is the judge of what the till believes.
func openPractice(folder string, o Options, c payments.Currency) (*practice, error) {
	server, err := sandbox.Open(filepath.Join(folder, "alipay"),
		sandbox.WithClock(o.Now), sandbox.WithCurrency(c), sandbox.WithHost(trainingHost))
	if err != nil {
		return nil, err
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		_ = server.Close()
		return nil, err
	}
	p := &practice{server, l, make(chan error, 1)}
	go func() { p.ended <- server.Serve(l) }()
	return p, nil
}

// dial connects to the built-in Alipay, whatever the host is called.
func (p *practice) dial(ctx context.Context, network, _ string) (net.Conn, error) {
	return new(net.Dialer).DialContext(ctx, network, p.listener.Addr().String())
}

func (p *practice) close() error {
	err := p.server.Close() // ends Serve and closes its listener
	return errors.Join(err, <-p.ended)
}

// Phone is the training customer's phone; nil outside training.
func (t *Till) Phone() Phone {
	if t.practice == nil {
		return nil
	}
	return phone{t}
}

type phone struct{ t *Till }

// shownHabits are the customers that a newcomer meets, in the order of use;
// the built-in Alipay has more.
var shownHabits = []string{"pays", "password", "poor", "walks_away", "network_fails"}

func (p phone) Habits() []Habit {
	book := p.t.Book()
	habits := make([]Habit, 0, len(shownHabits))
	for _, id := range shownHabits {
		habits = append(habits, Habit{ID: id, Name: book.Say("habit." + id)})
	}
	return habits
}

// Code is a fresh code; "" when the built-in Alipay can't make one, which the
// till then says itself.
func (p phone) Code(habitID string) string {
	code, err := p.t.practice.server.NewCode(habitID)
	if err != nil {
		p.t.options.Log.Error("training phone", "error", err)
		return ""
	}
	return code.Digits()
}

// samplePresets are a training shop's buttons.
func samplePresets(book *phrases.Book, c payments.Currency) []Preset {
	var list []Preset
	for _, p := range []struct {
		key   string
		price string
	}{{"sample.milk_tea", "18"}, {"sample.bun", "9.5"}, {"sample.tart", "8"}, {"sample.yuanyang", "20"}} {
		price, err := payments.ParseMoney(p.price, c)
		if err != nil { // a currency without decimals
			price, err = payments.ParseMoney("10", c)
		}
		if err == nil {
			list = append(list, Preset{Name: book.Say(p.key), Price: price})
		}
	}
	return list
}
