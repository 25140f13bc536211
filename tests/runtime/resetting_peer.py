# SPDX-License-Identifier: Apache-2.0
"""A peer that resets a connection within its handshake: it answers a SYN by a SYN of its own, as one that
connects at the same moment does, and what comes then by a RST. No socket does that, so it speaks IPv4 on a
tun device. Ends with the process that started it.
usage: resetting_peer.py DEVICE"""

import ctypes
import fcntl
import os
import signal
import struct
import sys

TUNSETIFF, IFF_TUN, IFF_NO_PI = 0x400454ca, 1, 0x1000  # linux/if_tun.h
PR_SET_PDEATHSIG = 1                                   # linux/prctl.h
RST, SYN, ACK = 4, 2, 16
OWN_SEQUENCE = 1000


def checksum(data):
    words = struct.unpack(f"!{len(data) // 2}H", data)
    total = sum(words)
    total = (total & 0xffff) + (total >> 16)
    return ~(total + (total >> 16)) & 0xffff


def packet(source, target, ports, sequence, acknowledged, flags):
    """`ports`: of the source, of the target."""
    def segment(check):
        return struct.pack("!HHIIBBHHH", *ports, sequence, acknowledged, 5 << 4, flags, 65535, check, 0)

    def header(check):
        return struct.pack("!BBHHHBBH4s4s", 0x45, 0, 40, 0, 0, 64, 6, check, source, target)

    pseudo = struct.pack("!4s4sBBH", source, target, 0, 6, 20)
    return header(checksum(header(0))) + segment(checksum(pseudo + segment(0)))


def answer(data):
    """To a TCP segment over IPv4; None to anything else, and to a RST."""
    if len(data) < 40 or data[0] != 0x45 or data[9] != 6:
        return None
    source, target = data[12:16], data[16:20]
    source_port, target_port, sequence = struct.unpack("!HHI", data[20:28])
    flags = data[33]
    if flags & RST:
        return None
    if flags & (SYN | ACK) == SYN:
        return packet(target, source, (target_port, source_port), OWN_SEQUENCE, 0, SYN)
    return packet(target, source, (target_port, source_port), OWN_SEQUENCE + 1, sequence + 1, RST | ACK)


def main(device):
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    tun = os.open("/dev/net/tun", os.O_RDWR)
    fcntl.ioctl(tun, TUNSETIFF, struct.pack("16sH22x", device.encode(), IFF_TUN | IFF_NO_PI))
    while True:
        reply = answer(os.read(tun, 2048))
        if reply:
            os.write(tun, reply)


if __name__ == "__main__":
    main(sys.argv[1])
