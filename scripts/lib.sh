# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# Shared shell functions. Sourced, never run: `source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"`.

GOSNOOP_CACHE=${GOSNOOP_CACHE:-$HOME/.cache/gosnoop}
GOSNOOP_ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)

die() {
  echo "${0##*/}: $*" >&2
  exit 1
}

# with_lock NAME COMMAND...: runs COMMAND in a subshell while holding a lock of that name in the cache.
# The descriptor is closed for the command, so that a stray child cannot keep the lock.
# Not for the condition of an `if` or `||`: bash turns `set -e` off there.
with_lock() {
  local name=$1
  shift
  mkdir -p "$GOSNOOP_CACHE/lock"
  (
    exec 9>"$GOSNOOP_CACHE/lock/$name"
    flock 9
    "$@" 9>&-
  )
}

# The Debian mirror this machine itself uses. apt knows it, so no host is ever written down here.
debian_mirror() {
  local codename mirror
  codename=$(. /etc/os-release && echo "$VERSION_CODENAME")
  mirror=$(apt-get indextargets --format '$(REPO_URI)' 'Origin: Debian' "Codename: $codename" | sort -u)
  # Without package lists, as in a fresh container, apt knows no origins but still what it would fetch.
  [[ -n $mirror ]] ||
    mirror=$(apt-get --print-uris update | sed -n "s|^'\(.*\)/dists/$codename/InRelease'.*|\1|p")
  [[ -n $mirror ]] || die "apt names no Debian mirror: check 'apt-get --print-uris update'"
  head -n 1 <<<"$mirror"
}

# suite_apt SUITE TOOL ARGS...: apt-get or apt-cache for any Debian suite, with lists of our own, so that
# the machine's apt configuration is neither changed nor needed to hold that suite.
suite_apt() {
  local suite=$1 tool=$2 arch dir options
  shift 2
  arch=$(dpkg --print-architecture)
  dir=$GOSNOOP_CACHE/apt/$suite
  options=(-qq
    -o "Dir::Etc::SourceList=$dir/sources.list" -o Dir::Etc::SourceParts=/dev/null
    -o Dir::Etc::Preferences=/dev/null -o Dir::Etc::PreferencesParts=/dev/null
    -o "Dir::State::Lists=$dir/lists" -o Dir::Cache::pkgcache= -o Dir::Cache::srcpkgcache=
    -o "APT::Architectures=$arch" -o APT::Sandbox::User=root -o Acquire::Languages=none
    -o Acquire::IndexTargets::deb::Contents-deb::DefaultEnabled=false -o Acquire::Retries=3)
  if [[ ! -e $dir/updated ]]; then
    mkdir -p "$dir/lists/partial"
    echo "deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] $(debian_mirror) $suite main" \
      >"$dir/sources.list"
    # Without the option a failed download is a warning to apt, and its exit status 0.
    apt-get "${options[@]}" -o APT::Update::Error-Mode=any update >&2 || die "the mirror has no usable suite '$suite'"
    touch "$dir/updated"
  fi
  "$tool" "${options[@]}" "$@"
}

# suite_packages SUITE PREFIX: the names of the suite's packages that begin so, one a line.
suite_packages() {
  with_lock "apt-$1" suite_apt "$1" apt-cache pkgnames "$2"
}

# Downloads into the current folder. The lists may be older than the mirror, which drops what it has
# replaced: so a failure is tried once more with new lists.
download_debs() {
  local suite=$1
  shift
  suite_apt "$suite" apt-get download "$@" >&2 && return
  rm -f "$GOSNOOP_CACHE/apt/$suite/updated" ./*.deb
  suite_apt "$suite" apt-get download "$@" >&2
}

# unpack_packages DIR SUITE PACKAGE...: DIR becomes the packages' unpacked content, nothing is installed.
# Instant and offline when DIR is there: it appears in one step (mv), so what exists is whole.
unpack_packages() {
  local dir=$1 suite=$2
  [[ -d $dir ]] && return
  echo "unpacking ${*:3} of $suite into $dir" >&2
  with_lock "apt-$suite" unpack_packages_locked "$@"
}

unpack_packages_locked() {
  local dir=$1 suite=$2 temp deb
  shift 2
  [[ ! -d $dir ]] || return 0 # another process did it while we waited for the lock
  mkdir -p "$(dirname "$dir")"
  temp=$(mktemp -d "$dir.XXXXXX")
  # shellcheck disable=SC2064 # the value of now is meant
  trap "rm -rf '$temp'" EXIT
  mkdir "$temp/debs" "$temp/root"
  chmod 755 "$temp/root"
  (cd "$temp/debs" && download_debs "$suite" "$@") || die "cannot download $* of Debian $suite"
  for deb in "$temp"/debs/*.deb; do dpkg -x "$deb" "$temp/root"; done
  mv -T "$temp/root" "$dir"
}

# libbpf of bookworm-backports: bookworm's own 1.1 knows no uprobe_multi (added in libbpf 1.3). The folder
# holds usr/include/bpf and usr/lib/<triplet>/libbpf.a.
unpack_libbpf() {
  unpack_packages "$GOSNOOP_CACHE/libbpf" bookworm-backports libbpf-dev
}
