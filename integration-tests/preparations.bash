# What `run` and `bench` share: what the machine needs before, and what is taken away afterwards. They set $here.
# shellcheck shell=bash disable=SC2154
set -euo pipefail

say() { printf 'integration-tests: %s\n' "$*"; }
die() {
  printf 'integration-tests: %s\n' "$*" >&2
  exit 1
}

project=$(dirname "$here")
engine=$here/.engine
firewalld=$here/.firewalld
# The name of this run: the tests' namespaces, control groups and folders begin with it.
export HAIRPIN_IT_RUN=hpit$$

become_root() {
  [[ $(id -u) != 0 ]] || return 0
  command -v sudo >/dev/null || die "needs root, and there is no sudo here; run it as root"
  say "needs root for network namespaces and dockerd; going on through sudo"
  exec sudo -- env ${CI+"CI=$CI"} ${JAVA_HOME+"JAVA_HOME=$JAVA_HOME"} \
    ${HAIRPIN_TWIN_ENGINES+"HAIRPIN_TWIN_ENGINES=$HAIRPIN_TWIN_ENGINES"} "$0" "$@"
}

# ---- what has to be installed ----

package_lists=old
update_package_lists() {
  [[ $package_lists == old ]] || return 0
  command -v apt-get >/dev/null || die "needs apt-get to install what is missing, and there is none here"
  apt-get -qq update || die "read the package lists: apt-get update failed; check the network"
  package_lists=new
}
apt() {
  update_package_lists
  DEBIAN_FRONTEND=noninteractive apt-get -qq -o APT::Sandbox::User=root "$@" >/dev/null
}

# Of what all need, and of further pairs of a command and its package.
install_missing() {
  local -a missing=()
  local command package
  while read -r command package; do
    [[ -z $command ]] || command -v "$command" >/dev/null || missing+=("$package")
  done <<END
$(printf '%s %s\n' "$@")
ip iproute2
nsenter util-linux
iptables iptables
nft nftables
conntrack conntrack
busybox busybox-static
sysctl procps
mvn maven
git git
END
  # A busybox with shared libraries would be of no use inside a container.
  if command -v busybox >/dev/null && [[ $(dpkg-query -W -f '${Status}' busybox-static 2>/dev/null) != *" installed" ]]; then
    missing+=(busybox-static)
  fi
  ((${#missing[@]})) || return 0
  say "installing: ${missing[*]}"
  apt install -y --no-install-recommends "${missing[@]}" || die "install ${missing[*]}: apt-get failed"
}

# ---- the engine ----

# The docker.io of this distribution, unpacked. No maintainer script runs, so no daemon is started on
# the machine's own network and nothing has to be purged afterwards.
unpack_engine() {
  [[ ! -e $engine/complete ]] || return 0
  local -a packages=(docker.io containerd runc)
  update_package_lists
  # From Debian 13 on the client is a package of its own.
  apt-cache show docker-cli >/dev/null 2>&1 && packages+=(docker-cli)
  rm -rf "$engine"
  mkdir -p "$engine/debs" "$engine/root"
  say "unpacking ${packages[*]} into ${engine#"$PWD"/}; nothing of it is installed"
  download "$engine" "${packages[@]}"
  touch "$engine/complete"
}

# Downloads packages into a folder's debs, and unpacks them into its root.
download() {
  local folder=$1 deb
  shift
  # apt-get download writes into the current folder.
  cd "$folder/debs"
  apt download "$@" || die "download $*: apt-get failed"
  cd "$project"
  for deb in "$folder"/debs/*.deb; do
    dpkg-deb --extract "$deb" "$folder/root"
  done
  rm -rf "$folder/debs"
}

# The libraries that the engine is linked with. They are installed and not unpacked, because dockerd starts
# parts of itself with an empty environment, which a search path for libraries doesn't survive.
install_libraries() {
  [[ -n $(unresolved) ]] || return 0
  local -a libraries
  update_package_lists
  mapfile -t libraries < <(missing_libraries)
  say "installing the libraries of docker.io: ${libraries[*]}"
  apt install -y --no-install-recommends "${libraries[@]}" || die "install ${libraries[*]}: apt-get failed"
  [[ -z $(unresolved) ]] || die "these libraries of docker.io are still missing: $(unresolved)"
}

# Shared libraries that the unpacked programs ask for and that aren't on this machine.
unresolved() {
  local file
  for file in "$engine"/root/usr/{sbin/dockerd,bin/docker,bin/containerd,sbin/runc,bin/runc}; do
    [[ ! -x $file ]] || ldd "$file" 2>/dev/null || true
  done | awk '/not found/ { print $1 }' | sort -u
}

# The packages of those libraries: what docker.io and runc depend on and isn't installed.
missing_libraries() {
  apt-cache depends docker.io containerd runc |
    sed -n 's/^ *Depends: \(lib[^ ]*\)$/\1/p' | sort -u |
    while read -r package; do
      [[ $(dpkg-query -W -f '${Status}' "$package" 2>/dev/null) == *" installed" ]] || echo "$package"
    done
}

unpack_twin_engines() {
  local suite
  for suite in ${HAIRPIN_TWIN_ENGINES-}; do
    unpack_engine_of "$suite"
  done
}

unpack_engine_of() {
  [[ ! -e $here/.engines/$1/complete ]] || return 0
  say "unpacking the engine of $1 into integration-tests/.engines/$1; nothing of it is installed"
  "$here/unpack-engine" "$1" "$here/.engines/$1" || die "there is no engine of $1"
}

# An nft by which tables can be owned, from 1.1 on: where this machine's is older, that of a newer Debian.
unpack_newer_nft() {
  unshare --net nft --check 'add table ip t { flags owner,persist; }' 2>/dev/null ||
    ! grep -q '^ID=debian$' /etc/os-release || unpack_engine_of trixie
}

# ---- firewalld ----

# Unpacked as the engine is: no maintainer script runs, so none is started on the machine's own network. What it is
# written on is installed; those packages have no service.
unpack_firewalld() {
  local -a needed=()
  /usr/bin/python3 -c 'import dbus, gi, nftables' 2>/dev/null ||
    needed+=(python3-dbus python3-gi gir1.2-glib-2.0 python3-nftables)
  command -v dbus-daemon >/dev/null || needed+=(dbus-daemon)
  if ((${#needed[@]})); then
    say "installing what firewalld needs: ${needed[*]}"
    apt install -y --no-install-recommends "${needed[@]}" || die "install ${needed[*]}: apt-get failed"
  fi
  [[ ! -e $firewalld/complete ]] || return 0
  update_package_lists
  say "unpacking firewalld into ${firewalld#"$PWD"/}; nothing of it is installed"
  rm -rf "$firewalld"
  mkdir -p "$firewalld/debs" "$firewalld/root"
  download "$firewalld" firewalld python3-firewall
  touch "$firewalld/complete"
}

# ---- the JDK that Maven runs on ----

# The major version of the JDK in a folder; nothing when there is no compiler in it.
jdk_version() {
  [[ -x $1/bin/javac && -r $1/release ]] || return 0
  sed -n 's/^JAVA_VERSION="\([0-9]*\).*/\1/p' "$1/release"
}

find_jdk() {
  local home version best=0
  for home in ${JAVA_HOME:+"$JAVA_HOME"} /usr/lib/jvm/*; do
    version=$(jdk_version "$home")
    if ((${version:-0} >= 21 && ${version:-0} > best)); then
      best=$version found=$home
      # What the user chose is good enough when it is new enough.
      [[ $home != "${JAVA_HOME-}" ]] || break
    fi
  done
  ((best)) || die "no JDK 21 or newer under /usr/lib/jvm or in JAVA_HOME;" \
    "install openjdk-21-jdk-headless or later (Debian 13, Ubuntu 24.04), or Temurin from https://adoptium.net"
  export JAVA_HOME=$found
}

# ---- afterwards ----

processes_in() {
  ip netns pids "$1" 2>/dev/null || true
}

clean_up() {
  trap '' INT TERM
  [[ -z ${program-} ]] || kill -TERM -- "-$program" 2>/dev/null || true
  local name pid signal
  local -a names
  mapfile -t names < <(ip netns list 2>/dev/null | awk -v run="$HAIRPIN_IT_RUN" 'index($1, run) == 1 { print $1 }')
  ((${#names[@]} == 0)) || say "removing what the tests left: ${names[*]}"
  for signal in TERM KILL; do
    for name in "${names[@]}"; do
      for pid in $(processes_in "$name"); do
        # A container is in a namespace of its own; the shim that started it is in ours.
        [[ $(cat "/proc/$pid/comm" 2>/dev/null) != containerd-shim* ]] ||
          cat "/proc/$pid"/task/*/children 2>/dev/null | xargs -r kill -KILL 2>/dev/null || true
        kill -s "$signal" "$pid" 2>/dev/null || true
      done
    done
    ((${#names[@]} == 0)) || wait_until_empty "${names[@]}"
  done
  awk -v run="/$HAIRPIN_IT_RUN" 'index($2, run) { print $2 }' /proc/mounts | sort -r |
    while read -r name; do [[ $name == /run/netns/* ]] || umount "$name" 2>/dev/null || true; done
  for name in "${names[@]}"; do ip netns del "$name" || true; done
  find /sys/fs/cgroup -depth -type d -path "*/$HAIRPIN_IT_RUN*" -exec rmdir {} + 2>/dev/null || true
  rm -rf "/tmp/$HAIRPIN_IT_RUN" "$here/target/world/$HAIRPIN_IT_RUN"
  # Started through sudo: what was built belongs to the user who asked.
  [[ -z ${SUDO_UID-} ]] || chown -R "$SUDO_UID:$SUDO_GID" "$engine" "$firewalld" "$here"/.engines "$project"/*/target 2>/dev/null || true
}

wait_until_empty() {
  local name left tries
  for ((tries = 0; tries < 50; tries++)); do
    left=''
    for name in "$@"; do left+=$(processes_in "$name"); done
    [[ -n $left ]] || return 0
    sleep .1
  done
}

# Runs a program, and then cleans up. It gets a process group of its own, so that Ctrl-C can end the JVMs that
# it forked as well.
run_and_clean_up() {
  trap clean_up EXIT
  trap 'exit 130' INT
  trap 'exit 143' TERM
  set -m
  # Whoever runs this in the background of a script has SIGINT ignored, and it would be for all that is
  # started here; the tests end programs by it, as dockerd does.
  env --default-signal=INT,QUIT "$@" </dev/null &
  program=$!
  set +m
  local status=0
  wait "$program" || status=$?
  program=''
  exit "$status"
}
