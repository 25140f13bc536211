// SPDX-License-Identifier: Apache-2.0

package main

import (
	"fmt"
	"io"
	"net/http"
	"time"
)

// serveBackend is the slow backend, a service of its own in real life.
func serveBackend(w http.ResponseWriter, _ *http.Request) {
	time.Sleep(60 * time.Millisecond)
	fmt.Fprintln(w, "42 orders")
}

func (s *shop) fetchReport() ([]byte, error) {
	response, err := http.Get(s.backend)
	if err != nil {
		return nil, err
	}
	defer response.Body.Close()
	return io.ReadAll(response.Body)
}

func (s *shop) handleReport(w http.ResponseWriter, _ *http.Request) {
	report, err := s.fetchReport()
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadGateway)
		return
	}
	w.Write(report)
}
