// SPDX-License-Identifier: Apache-2.0

package main

import (
	"fmt"
	"net"
	"os"
	"regexp"
	"syscall"
)

func gettid() int { return syscall.Gettid() }

// keep holds what the collector must not close.
var keep []any

func must[T any](value T, err error) T {
	if err != nil {
		panic(err)
	}
	return value
}

func fdOf(conn syscall.Conn) (fd int) {
	raw := must(conn.SyscallConn())
	if err := raw.Control(func(number uintptr) { fd = int(number) }); err != nil {
		panic(err)
	}
	return fd
}

// connect returns both ends of a connection to a new listener.
func connect(network, address, dial string) (listener net.Listener, near, far net.Conn) {
	listener = must(net.Listen(network, address))
	to := listener.Addr().String()
	if dial != "" {
		to = fmt.Sprintf("%s:%d", dial, listener.Addr().(*net.TCPAddr).Port)
	}
	near, far = must(net.Dial(network, to)), must(listener.Accept())
	keep = append(keep, listener, near, far)
	return listener, near, far
}

func onSocket(name string, conn syscall.Conn, socket ...string) fact {
	return fact{Name: name, Kind: "network", Fd: fdOf(conn), Socket: socket}
}

func parkOnConnections(name, network, address, dial string) {
	listener, _, far := connect(network, address, dial)
	park(onSocket(name+" accept", listener.(syscall.Conn), "tcp", listener.Addr().String(), "", "LISTEN"),
		func() { listener.Accept() })
	local, remote := far.LocalAddr().String(), far.RemoteAddr().String()
	read := onSocket(name+" read", far.(syscall.Conn), "tcp", local, remote, "ESTABLISHED")
	park(read, func() { far.Read(make([]byte, 1)) })
	write := read // on the same pollDesc
	write.Name, write.Write = name+" write", true
	park(write, func() {
		for { // until the socket takes no more
			far.Write(make([]byte, 1<<20))
		}
	})
}

func parkOnUnix() {
	path := fmt.Sprintf("%s/waitsfor-%d.socket", os.TempDir(), os.Getpid())
	listener, near, far := connect("unix", path, "")
	os.Remove(path)
	park(onSocket("unix accept", listener.(syscall.Conn), "unix", path, "", "LISTEN"), func() { listener.Accept() })
	park(onSocket("unix read", far.(syscall.Conn), "unix", path, "", "ESTABLISHED"),
		func() { far.Read(make([]byte, 1)) })
	park(onSocket("unix read without a path", near.(syscall.Conn), "unix", "", "", "ESTABLISHED"),
		func() { near.Read(make([]byte, 1)) })
}

func parkOnUDP() {
	server := must(net.ListenUDP("udp", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)}))
	client := must(net.Dial("udp", server.LocalAddr().String())).(*net.UDPConn)
	park(onSocket("udp server", server, "udp", server.LocalAddr().String(), "", ""),
		func() { server.Read(make([]byte, 1)) })
	park(onSocket("udp client", client, "udp", client.LocalAddr().String(), server.LocalAddr().String(), ""),
		func() { client.Read(make([]byte, 1)) })
}

func parkOnNetwork() {
	parkOnConnections("IPv4", "tcp4", "127.0.0.1:0", "")
	parkOnConnections("IPv6", "tcp6", "[::1]:0", "")
	parkOnConnections("IPv4 on IPv6", "tcp", "[::]:0", "127.0.0.1")
	parkOnUnix()
	parkOnUDP()
	reader, writer, err := os.Pipe()
	if err != nil {
		panic(err)
	}
	keep = append(keep, writer)
	park(fact{Name: "pipe", Kind: "network", Fd: fdOf(reader)}, func() { reader.Read(make([]byte, 1)) })
}

func parkInSyscalls() {
	pipe := make([]int, 2)
	if err := syscall.Pipe(pipe); err != nil {
		panic(err)
	}
	park(fact{Name: "read of a pipe", Kind: "syscall", Call: fmt.Sprintf(
		`^read\(fd=%d <pipe:\[\d+\]>, buf=0x[0-9a-f]+, count=100\)$`, pipe[0])},
		func() { syscall.Read(pipe[0], make([]byte, 100)) })
	_, _, far := connect("tcp4", "127.0.0.1:0", "")
	file := must(far.(*net.TCPConn).File()) // a copy, in blocking mode
	fd := int(file.Fd())
	keep = append(keep, file)
	ends := regexp.QuoteMeta(far.LocalAddr().String() + "->" + far.RemoteAddr().String())
	park(fact{Name: "read of a socket", Kind: "syscall", Call: fmt.Sprintf(
		`^read\(fd=%d <tcp %s>, buf=0x[0-9a-f]+, count=10\)$`, fd, ends)},
		func() { syscall.Read(fd, make([]byte, 10)) })
}
