// SPDX-License-Identifier: Apache-2.0

//go:build usecgo

package main

/*
#include <arpa/inet.h>
#include <pthread.h>
#include <stdint.h>
#include <sys/socket.h>
#include <unistd.h>

static int connect_in_c(int port)
{
	struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons(port)};
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	return connect(fd, (struct sockaddr *)&to, sizeof(to)) == 0 ? fd : -1;
}

static void *close_it(void *fd)
{
	close((int)(intptr_t)fd);
	return 0;
}

static void close_in_thread(int fd)
{
	pthread_t thread;

	pthread_create(&thread, 0, close_it, (void *)(intptr_t)fd);
	pthread_join(thread, 0);
}
*/
import "C"

func init() {
	connectInC = func(port int) int { return int(C.connect_in_c(C.int(port))) }
	closeInC = func(fd int) { C.close_in_thread(C.int(fd)) }
}
