// SPDX-License-Identifier: Apache-2.0

package main

import (
	"io"
	"net"
)

func echo(conn net.Conn) {
	defer conn.Close()
	var buffer [64]byte
	for {
		n, err := conn.Read(buffer[:])
		if err == io.EOF {
			return
		}
		check(err)
		_, err = conn.Write(buffer[:n])
		check(err)
	}
}

func ask(address string) {
	conn, err := net.Dial("tcp", address)
	check(err)
	defer conn.Close()
	var buffer [64]byte
	times(4000, func() {
		_, err := conn.Write([]byte("hello"))
		check(err)
		_, err = conn.Read(buffer[:])
		check(err)
	})
}

func network() {
	const clients = 4
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	check(err)
	var g group
	g.start(func() {
		for i := 0; i < clients; i++ {
			conn, err := listener.Accept()
			check(err)
			g.start(func() { echo(conn) })
		}
	})
	for i := 0; i < clients; i++ {
		g.start(func() { ask(listener.Addr().String()) })
	}
	g.Wait()
	check(listener.Close())
}
