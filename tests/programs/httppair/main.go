// SPDX-License-Identifier: Apache-2.0

// httppair is a net/http client and server that talk to each other, and note of every connection which
// goroutine dialed or accepted it and where that goroutine was created. The line "get N" sends N requests
// from a few goroutines; each 25th ends its connection. "quit FILE" writes the notes.
package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"regexp"
	"runtime"
	"strconv"
	"sync"
	"sync/atomic"

	"gosnoop.test/programs/internal/control"
)

const workers = 20

type opened struct {
	Role      string `json:"role"`
	Local     string `json:"local"`
	Remote    string `json:"remote"`
	Goroutine int    `json:"goroutine"`
	Creator   string `json:"creator"` // the function with the go statement
	Parent    int    `json:"parent"`  // 0: Go 1.19 and 1.20 do not know it
}

var (
	mu    sync.Mutex
	notes []opened
)

func check(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, "httppair:", err)
		os.Exit(1)
	}
}

var (
	ownLine     = regexp.MustCompile(`^goroutine (\d+) `)
	creatorLine = regexp.MustCompile(`(?m)^created by (\S+)(?: in goroutine (\d+))?$`)
)

func note(role string, conn net.Conn) {
	buffer := make([]byte, 16384)
	stack := buffer[:runtime.Stack(buffer, false)]
	one := opened{Role: role, Local: conn.LocalAddr().String(), Remote: conn.RemoteAddr().String()}
	one.Goroutine, _ = strconv.Atoi(string(ownLine.FindSubmatch(stack)[1]))
	creator := creatorLine.FindSubmatch(stack)
	one.Creator = string(creator[1])
	one.Parent, _ = strconv.Atoi(string(creator[2]))
	mu.Lock()
	notes = append(notes, one)
	mu.Unlock()
}

type listener struct{ net.Listener }

func (l listener) Accept() (net.Conn, error) {
	conn, err := l.Listener.Accept()
	if err == nil {
		note("server", conn)
	}
	return conn, err
}

//go:noinline
func dial(ctx context.Context, network, address string) (net.Conn, error) {
	conn, err := new(net.Dialer).DialContext(ctx, network, address)
	if err == nil {
		note("client", conn)
	}
	return conn, err
}

func get(client *http.Client, url string, last bool) {
	request, err := http.NewRequest("GET", url, nil)
	check(err)
	request.Close = last
	answer, err := client.Do(request)
	check(err)
	io.Copy(io.Discard, answer.Body)
	answer.Body.Close()
}

func load(url string, requests int) {
	client := &http.Client{Transport: &http.Transport{DialContext: dial, MaxIdleConnsPerHost: workers}}
	var next int64
	var done sync.WaitGroup
	for i := 0; i < workers; i++ {
		done.Add(1)
		go func() {
			defer done.Done()
			for n := atomic.AddInt64(&next, 1); n <= int64(requests); n = atomic.AddInt64(&next, 1) {
				get(client, url, n%25 == 0)
			}
		}()
	}
	done.Wait()
}

func main() {
	plain, err := net.Listen("tcp", "127.0.0.1:0")
	check(err)
	hello := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, "hello") })
	go http.Serve(listener{plain}, hello)
	url := "http://" + plain.Addr().String() + "/"
	control.Ready(url)
	for words := control.Next(); len(words) > 1; words = control.Next() {
		if words[0] == "get" {
			requests, err := strconv.Atoi(words[1])
			check(err)
			load(url, requests)
		} else {
			text, err := json.Marshal(notes)
			check(err)
			check(os.WriteFile(words[1], text, 0o644))
		}
		fmt.Println("done")
	}
}
