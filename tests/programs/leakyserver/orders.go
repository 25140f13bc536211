// SPDX-License-Identifier: Apache-2.0

package main

import (
	"fmt"
	"net/http"
	"sync"
	"sync/atomic"
	"time"
)

type shop struct {
	backend string // URL

	stockLock sync.Mutex
	stock     int

	mail    chan string // to the pool of mailers
	asked   atomic.Int64
	flushed atomic.Int64
	mailed  atomic.Int64
}

func newShop(backend string) *shop {
	s := &shop{backend: backend, mail: make(chan string, 16)}
	for i := 0; i < 4; i++ {
		go s.mailer()
	}
	return s
}

// mailer is one of a pool: idle most of the time, and no leak.
func (s *shop) mailer() {
	for range s.mail {
		time.Sleep(time.Millisecond)
		s.mailed.Add(1)
	}
}

// reserve is the hot lock: it writes its audit record while holding it.
func (s *shop) reserve() int {
	s.stockLock.Lock()
	defer s.stockLock.Unlock()
	s.stock++
	writeAudit()
	return s.stock
}

func writeAudit() { time.Sleep(3 * time.Millisecond) }

func (s *shop) handleOrder(w http.ResponseWriter, _ *http.Request) {
	number := s.reserve()
	s.mail <- fmt.Sprintf("order %d", number)
	fmt.Fprintln(w, "order", number)
}
