#!/bin/bash
# From a bare Debian to a running lab: system packages, Python, proxy; then polderlab-host.
#
#   hub/bootstrap.sh up      what `make up` calls: install what is missing, start the lab
#   hub/bootstrap.sh dev     what tests and checks need on top, nothing started
#
# Each part leaves a stamp of its inputs behind and is skipped while they are the same, so a
# second run takes a moment and needs no network.
set -euo pipefail

cd "$(dirname "$(readlink -f "$0")")/.."
mode=${1:-up}
began=${EPOCHREALTIME/,/.}
venv=$PWD/.venv
readonly venv mode began

say() { printf '%6.1f s  %s\n' "$(awk "BEGIN { print ${EPOCHREALTIME/,/.} - $began }")" "$1"; }
step=0
steps=$([ "$mode" = up ] && echo 8 || echo 3)
readonly steps
step() { step=$((step + 1)); say "[$step/$steps] $1"; }
fail() {
  printf '\n%s\n→ %s\n' "$1" "$2" >&2
  exit 1
}

# Say why packages could not be had: log, what, from where, the variable that names a mirror.
not_fetched() {
  tail -6 "$1" >&2
  if grep -qiE 'CERTIFICATE_VERIFY|self[- ]signed|unable to get (local )?issuer' "$1"; then
    fail "The $3 shows a certificate this machine does not trust." \
      "If your network inspects TLS, add its authority: docs/how-to/extra-ca.md. Then run \`make $mode\` again."
  elif grep -qiE 'connection broken|ConnectTimeout|ECONNREFUSED|ENOTFOUND|ETIMEDOUT|EAI_AGAIN|name resolution' "$1"; then
    fail "The $3 does not answer, and the $2 are not here yet." \
      "Check the network and the proxy, or name your mirror with $4, then run \`make $mode\` again."
  fi
  fail "The $2 cannot be installed." "The reason is above (whole log: $1). Mend it and run \`make $mode\` again."
}

# --- Before anything is touched: what can be known at once ----------------------------------
if [ "$(id -u)" -ne 0 ]; then
  if sudo -n true 2>/dev/null; then
    exec sudo --preserve-env="$(compgen -e | grep -E '^(POLDERLAB_|PIP_|https?_proxy|no_proxy|HTTPS?_PROXY|NO_PROXY)' | paste -sd,)" "$0" "$@"
  fi
  fail "The lab needs root on this machine: it installs packages, makes networks and runs containers." \
    "Run \`sudo make $mode\`, or ask whoever administers this machine."
fi
command -v apt-get >/dev/null || fail "This is not Debian: there is no apt-get here." \
  "Use Debian 12 or 13 (a virtual machine will do)."
case $(uname -m) in
  x86_64 | aarch64) ;;
  *) fail "This machine's processor is $(uname -m); the lab's images are made for amd64 and arm64." \
    "Use a machine with one of those." ;;
esac
state=${POLDERLAB_STATE:-$PWD/var}
if [ ! -x "$venv/bin/polderlab-host" ]; then
  free=$(df --output=avail -B1000000000 "$PWD" | tail -1 | tr -d ' ')
  needed=${POLDERLAB_FREE_GIGABYTES:-10}
  [ "$free" -ge "$needed" ] || fail "Only $free GB is free where the lab keeps its data; it needs $needed GB." \
    "Free some space, or clone the repository on a larger disk."
fi
if [ "$mode" = up ] && [ ! -e "$state/run/supervisord.pid" ]; then
  address=${POLDERLAB_PUBLIC_BIND:-$(sed -n 's/^POLDERLAB_PUBLIC_BIND=//p' "$state/settings.env" 2>/dev/null || true)}
  address=${address:-127.0.0.1:8000}
  host=${address%:*}
  if (exec 3<>"/dev/tcp/${host/0.0.0.0/127.0.0.1}/${address##*:}") 2>/dev/null; then
    fail "Another program listens on $address, which is meant for people's browsers." \
      "Stop that program, or choose another port: \`POLDERLAB_PUBLIC_BIND=$host:18080 make up\`."
  fi
fi

# --- 1. System packages --------------------------------------------------------------------
packages=(acl ca-certificates docker.io iptables mmdebstrap python3 python3-venv zstd)
# nginx only where it is asked for: it sends the gateway's files, as a process of the lab's own.
nginx=${POLDERLAB_NGINX:-$(sed -n 's/^POLDERLAB_NGINX=//p' "$state/settings.env" 2>/dev/null || true)}
case ${nginx,,} in 1 | true | yes | on) packages+=(nginx-light) ;; esac
# Homes are in a btrfs; where none is there yet, one is made in a file (docs/how-to/disk-space.md).
there=$state
while [ ! -e "$there" ]; do there=$(dirname "$there"); done
if [ "$(stat -f -c %T "$there")" != btrfs ] &&
  { grep -qw btrfs /proc/filesystems || modprobe -q btrfs 2>/dev/null; }; then packages+=(btrfs-progs); fi
# libatomic1 is what the browser driver of the tests needs and does not bring.
[ "$mode" = up ] || packages+=(btrfs-progs chromium fonts-dejavu-core git iproute2 libatomic1 nginx-light postgresql
  postgresql-postgis)
step "System packages"
missing=()
for package in "${packages[@]}"; do
  # An engine from Docker's own packages serves as well, and so does any PostgreSQL or nginx.
  case $package in
    docker.io) ! command -v dockerd >/dev/null || continue ;;
    postgresql) ! compgen -G '/usr/lib/postgresql/*/bin/initdb' >/dev/null || continue ;;
    postgresql-postgis) ! compgen -G '/usr/share/postgresql/*/extension/postgis.control' >/dev/null || continue ;;
    btrfs-progs) ! command -v mkfs.btrfs >/dev/null || continue ;;
    nginx-light) ! command -v nginx >/dev/null || continue ;;
  esac
  [ "$(dpkg-query -W -f '${db:Status-Abbrev}' "$package" 2>/dev/null)" = "ii " ] || missing+=("$package")
done
if [ ${#missing[@]} -gt 0 ]; then
  say "      installing ${missing[*]}"
  log=$(mktemp)
  export DEBIAN_FRONTEND=noninteractive
  apt=(apt-get -qq -o DPkg::Lock::Timeout=300 -o Acquire::Retries=2 -o Acquire::http::Timeout=30)
  # One broken archive of several is no reason to stop: what counts is whether the packages come.
  "${apt[@]}" update >"$log" 2>&1 || true
  if ! "${apt[@]}" install -y --no-install-recommends "${missing[@]}" >"$log.install" 2>&1; then
    tail -8 "$log.install" >&2
    if grep -qE 'Failed to fetch|Could not (resolve|connect)|Temporary failure' "$log" "$log.install"; then
      fail "The Debian archive does not answer, and these packages are missing: ${missing[*]}." \
        "Check the network, the proxy and /etc/apt/sources.list, then run \`make $mode\` again."
    fi
    fail "These packages cannot be installed: ${missing[*]}." \
      "The reason is above (whole log: $log.install). Mend it and run \`make $mode\` again."
  fi
  rm -f "$log" "$log.install"
  # Debian starts nginx as soon as it is there and at every boot; the lab runs it by itself.
  if [[ " ${missing[*]} " = *" nginx-light "* ]]; then
    service nginx stop >/dev/null 2>&1 || true
    update-rc.d nginx disable >/dev/null 2>&1 || true
  fi
fi

# --- 2. Python -----------------------------------------------------------------------------
lock=requirements.lock
[ "$mode" = up ] || lock=requirements-dev.lock
step "Python packages"
# The checkout's own path belongs to the inputs: a virtual environment cannot be moved.
stamp() { cat "$1" pyproject.toml <(echo "$PWD" "$(readlink -f /usr/bin/python3)") | sha256sum | cut -c1-64; }
have() { [ -f "$venv/.stamp-$1" ] && [ "$(cat "$venv/.stamp-$1")" = "$(stamp "$1")" ]; }
if ! have "$lock" && { [ "$mode" = dev ] || ! have requirements-dev.lock; }; then
  if [ ! -x "$venv/bin/pip" ] || ! "$venv/bin/pip" --version >/dev/null 2>&1; then
    rm -rf "$venv"
    /usr/bin/python3 -m venv "$venv"
  fi
  # pip trusts its own list of certificates; at many agencies the host's is the right one.
  export PIP_CERT=${PIP_CERT:-/etc/ssl/certs/ca-certificates.crt} PIP_DISABLE_PIP_VERSION_CHECK=1
  say "      installing from $lock"
  log=$(mktemp)
  if ! { "$venv/bin/pip" install --quiet --retries 2 --require-hashes -r "$lock" &&
    "$venv/bin/pip" install --quiet --no-deps --no-build-isolation --editable .; } 2>"$log"; then
    not_fetched "$log" "Python packages" "Python package registry" PIP_INDEX_URL
  fi
  rm -f "$log"
  # The lab's own user may not write beside the code.
  "$venv/bin/python" -m compileall -q catalog hub/polderlab_disk hub/polderlab_hub >/dev/null || true
  stamp "$lock" >"$venv/.stamp-$lock"
fi

# --- 3. Proxy ------------------------------------------------------------------------------
step "Proxy"
# Install what the lock in a folder names. Node comes with the Python packages: Debian 12's is too
# old for the proxy.
npm_ci() {
  if [ -d "$1/node_modules" ] && cmp -s "$1/package-lock.json" "$1/node_modules/.stamp"; then return; fi
  log=$(mktemp)
  if ! NODE_EXTRA_CA_CERTS=${NODE_EXTRA_CA_CERTS:-/etc/ssl/certs/ca-certificates.crt} PATH=$venv/bin:$PATH \
    "$venv/bin/npm" ci --prefix "$1" --no-audit --no-fund --ignore-scripts --loglevel=error --fetch-retries=1 \
    --fetch-retry-mintimeout=2000 >/dev/null 2>"$log"; then
    not_fetched "$log" "packages of $1" "npm registry" npm_config_registry
  fi
  rm -f "$log"
  cp "$1/package-lock.json" "$1/node_modules/.stamp"
}
npm_ci hub/proxy
[ "$mode" = up ] || { npm_ci tests/browser && npm_ci tests/support/identity_provider; }

[ "$mode" = up ] || exit 0
exec "$venv/bin/polderlab-host" up --after 3 --since "$began"
