# SPDX-License-Identifier: Apache-2.0
# The main job on this kernel (busybox shell, in the VM): `leaks` and `block` on everywake, a small Go
# program. Emulated, so times say nothing here; counts and names do.
set -u
failures=0

check() { # check WHAT COMMAND...
  what=$1
  shift
  if "$@"; then
    echo "ok    $what"
  else
    echo "FAIL  $what"
    failures=$((failures + 1))
  fi
}

# The lines of one hotspot or leak: reports are indented JSON with keys in alphabetical order, so a
# function's name is found by grep and what belongs to it by counting lines.
has() { grep -q "$2" "$1"; }
lacks() { ! grep -q "$2" "$1"; }
no_loss() { ! grep '"dropped"' "$1" | grep -qv '"dropped": 0'; }
value() { sed -n "s/^ *\"$2\": \([0-9]*\).*/\1/p" "$1" | head -n 1; }
losses() { sed -n "/\"$2\": {/,/}/s/^ *\"$3\": \([0-9]*\).*/\1/p" "$1"; } # losses FILE KIND seen|dropped

until_found() { # until_found FILE REGEX [LINES]: for 20 seconds at most
  for i in $(seq 100); do
    [ "$(grep -c "$2" "$1")" -ge "${3:-1}" ] && break
    sleep 0.2
  done
}

echo "kernel $(uname -r), $(./gosnoop --version)"
mkfifo input
./everywake <input >target.out 2>&1 &
target=$!
exec 3>input
until_found target.out '^ready'

./gosnoop block -p "$target" --dry-run >plan.txt 2>plan.err
check "dry run" has plan.txt runtime.park_m

# A kernel has uprobe_multi as gosnoop needs it from 6.10 on; the doctor finds out, and says what follows.
./gosnoop doctor -p "$target" >doctor.txt 2>&1
check "doctor: it will work" test $? = 0
check "doctor: system calls can be watched" has doctor.txt 'ok *system calls'
check "doctor: connections can be followed" has doctor.txt 'ok *TCP connections'
grep -i 'uprobe' doctor.txt
case $(uname -r) in
  5.* | 6.[0-9].*) check "doctor: no uprobe_multi" has doctor.txt 'uprobe_multi .*not there: slower detach' ;;
  *) check "doctor: uprobe_multi" has doctor.txt 'ok *uprobe_multi' ;;
esac

./gosnoop block -p "$target" -d 5s --min-block 0 --json >block.json 2>block.err
check "block ends well" test $? = 0
check "block: nothing lost" no_loss block.json
for name in main.waitForValue main.lockContended main.readFromNetwork main.sleepABit \
  main.sendValue main.unlockContended; do
  check "block names $name" has block.json "\"$name\""
done
for reason in "chan receive" "sync.Mutex.Lock" "IO wait" "sleep"; do
  check "block knows '$reason'" has block.json "\"wait_reason\": \"$reason\""
done
for kind in goroutine netpoll timer; do
  check "block: a waker is a $kind" has block.json "\"kind\": \"$kind\""
done
created=$(value block.json created)
exited=$(value block.json exited)
check "goroutines are created (${created:-none})" test "${created:-0}" -gt 20
check "goroutines exit (${exited:-none})" test "${exited:-0}" -gt 10
check "some leak" test "${created:-0}" -gt "${exited:-0}"

./gosnoop record -p "$target" -d 1s -o recording >record.out 2>record.err
check "record ends well" test $? = 0
./gosnoop syscalls -p "$target" -d 4s --json >syscalls.json 2>syscalls.err
check "syscalls ends well" test $? = 0
# Where the kernel lets a tracepoint be preempted (7.2) it skips some runs of a program; they are counted.
lost=$(losses syscalls.json syscall dropped)
seen=$(losses syscalls.json syscall seen)
check "syscalls: few lost (${lost:-?} of ${seen:-?})" test "$((${lost:-1} * 50))" -lt "${seen:-0}"
sed -n '/"syscalls": \[/,$p' syscalls.json >calls.json
check "syscalls names the line that reads" has calls.json '"main.readFromNetwork"'
check "syscalls knows the call" has calls.json '"name": "read"'
check "syscalls tells a goroutine" has calls.json '"goroutines": [1-9]'
check "syscalls tells the runtime's apart" has calls.json '"runtime": true'

./gosnoop leaks -p "$target" -d 8s --json >leaks.json 2>leaks.err
check "leaks ends well" test $? = 0
check "leaks: nothing lost" no_loss leaks.json
check "one is accused" test "$(grep -c '"verdict"' leaks.json)" = 1
check "it is called leaking" has leaks.json '"verdict": "leaking"'
check "its line is named" has leaks.json '"main.leakOne"'
check "its place is named" has leaks.json '"main.waitForever"'

# Threads that create, block and wake at the same sites and interrupt each other: more than there are CPUs.
mkfifo commands
GOMAXPROCS=16 ./storm <commands >storm.out 2>&1 &
storm=$!
exec 4>commands
for i in 1 2 3 4; do printf 'make\nrelease\n' >&4; done
until_found storm.out '^[0-9]' 8
./gosnoop record -p "$storm" -d 3s --max-cost 10000% -o storm.rec >storm.err 2>&1
check "record of a storm ends well" test $? = 0
kill "$storm"
wait "$storm"
exec 4>&-
./gosnoop report storm.rec --leaks --all --json >storm.json 2>>storm.err
for kind in create exit stack; do
  check "storm: no $kind lost" test "$(losses storm.json $kind dropped)" = 0
done
# Of blocks whoever finds all lanes taken is counted as lost: on two CPUs that may happen.
lost=$(losses storm.json block dropped)
seen=$(losses storm.json block seen)
check "storm: hardly a block lost (${lost:-?} of ${seen:-?})" test "$((${lost:-1} * 100))" -lt "${seen:-0}"
created=$(value storm.json created)
check "storm: goroutines are created (${created:-none})" test "${created:-0}" -gt 1000
check "storm: what is created at one stack is one group" \
  test "$(grep -c '"function": "main.makeOne"' storm.json)" = 1

./gosnoop tcp -p "$target" -d 3s --json >tcp.json 2>tcp.err
check "tcp ends well" test $? = 0
check "tcp: nothing lost" no_loss tcp.json

# Connects that fail before connect returns, and connections that are made and end.
mkfifo orders
./tcp <orders >tcp.out 2>&1 &
connecting=$!
exec 4>orders
until_found tcp.out '^ready'
./gosnoop tcp -p "$connecting" --json >connects.json 2>connects.err &
tracer=$!
until_found connects.err 'tracing'
echo "refused 3" >&4
echo "brief 5" >&4
until_found tcp.out accepted 2
kill -INT "$tracer"
wait "$tracer"
check "tcp of connects ends well" test $? = 0
check "tcp: refused connects are counted" has connects.json '"refused": 3'
check "tcp: the others connected" has connects.json '"connected": 5'
check "tcp names the line that connects" has connects.json '"main.dial"'
echo quit >&4
exec 4>&-
wait "$connecting"

echo counters >&3
sleep 1
check "the target runs on" kill -0 "$target"
check "the target answers" has target.out '^beats'
echo quit >&3
exec 3>&-
wait "$target"
check "the target ends well" test $? = 0

if [ "$failures" != 0 ]; then
  grep -E '^      "(name|runtime|count|goroutines)":' calls.json
  for file in doctor.txt plan.err block.err record.err syscalls.err calls.json leaks.err storm.err storm.json tcp.err tcp.json tcp.out connects.err connects.json leaks.json; do
    echo "--- $file"
    head -n 60 "$file"
  done
fi
exit "$failures"
