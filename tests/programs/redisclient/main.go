// SPDX-License-Identifier: Apache-2.0

// redisclient speaks to a Redis at the address it is given: a few clients that ask and are answered, one
// that has Redis wait before it answers, and one that opens a connection for every question and closes none.
package main

import (
	"bufio"
	"fmt"
	"net"
	"os"

	"gosnoop.test/programs/internal/control"
)

type client struct {
	conn    net.Conn
	answers *bufio.Reader
}

var leaked []*client

func check(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, "redisclient:", err)
		os.Exit(1)
	}
}

//go:noinline
func connect(address string) *client {
	conn, err := net.Dial("tcp", address)
	check(err)
	return &client{conn, bufio.NewReader(conn)}
}

// ask sends a command whose answer is one line.
func (c *client) ask(command string) string {
	_, err := fmt.Fprintf(c.conn, "%s\r\n", command)
	check(err)
	answer, err := c.answers.ReadString('\n')
	check(err)
	if answer[0] == '-' {
		check(fmt.Errorf("%s: %s", command, answer))
	}
	return answer
}

//go:noinline
func quick(address string, done chan bool) {
	c := connect(address)
	for i := 0; i < 500; i++ {
		c.ask("PING")
	}
	c.conn.Close()
	done <- true
}

//go:noinline
func slow(address string, done chan bool) {
	c := connect(address)
	for i := 0; i < 10; i++ {
		c.ask("PING") // a quick answer carries the acknowledgement, so the kernel waits for the next to do so
		c.ask("BLPOP nothing 0.1")
	}
	c.conn.Close()
	done <- true
}

//go:noinline
func leak(address string) {
	c := connect(address)
	c.ask("PING")
	leaked = append(leaked, c)
}

func main() {
	address := os.Args[1]
	control.Ready("")
	for words := control.Next(); len(words) > 0 && words[0] != "quit"; words = control.Next() {
		switch words[0] {
		case "clients":
			done := make(chan bool)
			for i := 0; i < 5; i++ {
				go quick(address, done)
			}
			go slow(address, done)
			for i := 0; i < 6; i++ {
				<-done
			}
		case "leak":
			leak(address)
		}
		fmt.Println("done")
	}
}
