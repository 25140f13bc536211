# SPDX-License-Identifier: Apache-2.0
# Is the machine one that gosnoop's other VM tests can run on? (busybox shell, in the VM)
set -eu
echo "kernel $(uname -r), up $(cut -d' ' -f1 /proc/uptime) s"
test "$(id -u)" = 0
test -s /sys/kernel/btf/vmlinux
test -d /sys/kernel/tracing/events/sched/sched_switch
mount | grep -q ' /sys/fs/bpf type bpf'
ip addr show lo | grep -q 127.0.0.1
