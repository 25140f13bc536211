// SPDX-License-Identifier: Apache-2.0

package main

import (
	"io"
	"net"
	"os"
	"path/filepath"
	"time"
)

func inAccept(listener net.Listener)     { listener.Accept() }
func inTCPRead(conn net.Conn)            { io.ReadFull(conn, make([]byte, 100)) }
func inSecondTCPRead(conn net.Conn)      { conn.Read(make([]byte, 100)) }
func inUDPRead(conn net.PacketConn)      { conn.ReadFrom(make([]byte, 100)) }
func inUnixAccept(listener net.Listener) { listener.Accept() }
func inPipeRead(pipe *os.File)           { pipe.Read(make([]byte, 100)) }

func inTCPWrite(conn net.Conn) {
	for {
		if _, err := conn.Write(make([]byte, 1<<20)); err != nil {
			panic(err)
		}
	}
}

func startNetwork() {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	check(err)
	reader, quietEnd := connected(listener)
	writer, unreadEnd := connected(listener)
	keepOpen = append(keepOpen, quietEnd, unreadEnd)
	start("inTCPRead", "IO wait", func() { inTCPRead(reader) })
	start("inTCPWrite", "IO wait", func() { inTCPWrite(writer) })
	time.Sleep(50 * time.Millisecond) // so that it is the second that finds the other
	// A lock of its own (internal/poll.fdMutex): the only semacquire left since Go 1.24.
	start("inSecondTCPRead", "semacquire", func() { inSecondTCPRead(reader) })

	quiet, err := net.Listen("tcp", "127.0.0.1:0")
	check(err)
	start("inAccept", "IO wait", func() { inAccept(quiet) })
	startDatagrams()
	startFiles()
}

var keepOpen []io.Closer // a connection that is collected is closed

// connected: both ends of a connection.
func connected(listener net.Listener) (accepted, dialled net.Conn) {
	dialled, err := net.Dial("tcp", listener.Addr().String())
	check(err)
	accepted, err = listener.Accept()
	check(err)
	return accepted, dialled
}

func startDatagrams() {
	packets, err := net.ListenPacket("udp", "127.0.0.1:0")
	check(err)
	start("inUDPRead", "IO wait", func() { inUDPRead(packets) })
}

func startFiles() {
	folder, err := os.MkdirTemp("", "everywait")
	check(err)
	unix, err := net.Listen("unix", filepath.Join(folder, "socket"))
	check(err)
	check(os.RemoveAll(folder)) // the socket lives on without its name
	start("inUnixAccept", "IO wait", func() { inUnixAccept(unix) })
	reader, writer, err := os.Pipe()
	check(err)
	keepOpen = append(keepOpen, writer)
	start("inPipeRead", "IO wait", func() { inPipeRead(reader) })
}
