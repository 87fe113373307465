package payments

import (
	"slices"
	"sync"
)

// board hands news to listeners in the order in which it was posted, from one
// goroutine, so that posting never waits for a screen.
type board struct {
	mu        sync.Mutex
	wake      *sync.Cond
	queue     []func(listener)
	listeners []*listener
	closed    bool
	done      chan struct{}
}

type listener struct {
	sale func(Change)
	link func(Link)
}

func newBoard() *board {
	b := &board{done: make(chan struct{})}
	b.wake = sync.NewCond(&b.mu)
	go b.run()
	return b
}

func (b *board) add(l listener) (stop func()) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.listeners = append(b.listeners, &l)
	return func() {
		b.mu.Lock()
		defer b.mu.Unlock()
		b.listeners = slices.DeleteFunc(b.listeners, func(other *listener) bool { return other == &l })
	}
}

func (b *board) post(news func(listener)) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if !b.closed {
		b.queue = append(b.queue, news)
		b.wake.Signal()
	}
}

func (b *board) run() {
	defer close(b.done)
	for {
		b.mu.Lock()
		for len(b.queue) == 0 && !b.closed {
			b.wake.Wait()
		}
		if len(b.queue) == 0 {
			b.mu.Unlock()
			return
		}
		queue := b.queue
		b.queue = nil
		listeners := slices.Clone(b.listeners)
		b.mu.Unlock()
		for _, news := range queue {
			for _, l := range listeners {
				news(*l)
			}
		}
	}
}

// close delivers what is queued and ends.
func (b *board) close() {
	b.mu.Lock()
	b.closed = true
	b.wake.Signal()
	b.mu.Unlock()
	<-b.done
}
