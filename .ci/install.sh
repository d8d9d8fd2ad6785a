#!/usr/bin/env bash
# Installs the optional parts on a Debian machine, as root: the jail, the script runtimes, PostgreSQL, and OPA where Go
# is present. Asks nothing, changes nothing that is there already, and is done at once when all of it is.
set -euo pipefail

opa_version=1.22.2
packages=(bubblewrap python3 python3-numpy python3-pandas r-base-core r-cran-survival postgresql)

say() { echo "install: $*" >&2; }

installed() {
  [ "$(dpkg-query -W -f='${db:Status-Status}' "$1" 2>/dev/null)" = installed ]
}

install_packages() {
  command -v dpkg-query >/dev/null || { say "no Debian packages here; skipped ${packages[*]}"; return; }
  local missing=()
  for package in "${packages[@]}"; do
    installed "$package" || missing+=("$package")
  done
  [ "${#missing[@]}" -eq 0 ] && return
  if [ "$(id -u)" -ne 0 ]; then
    say "not root; skipped ${missing[*]}"
    return
  fi
  say "installing ${missing[*]}"
  export DEBIAN_FRONTEND=noninteractive
  apt-get update -qq
  apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
}

# Read whole before it is searched: grep -q would close the pipe, and pipefail would call that a failure.
opa_present() {
  local answer
  answer="$(opa version 2>/dev/null)" || return 1
  grep -qx "Version: $opa_version" <<<"$answer"
}

# From the Go module proxy, which checks the sum of the module; a binary in GOPATH/bin may not be in PATH yet.
install_opa() {
  local go_bin=""
  for candidate in "$(command -v go || true)" /usr/local/go/bin/go /usr/lib/go/bin/go; do
    if [ -n "$candidate" ] && [ -x "$candidate" ]; then go_bin="$candidate"; break; fi
  done
  if [ -n "$go_bin" ]; then PATH="$PATH:/usr/local/bin:$("$go_bin" env GOPATH)/bin"; fi
  opa_present && return
  [ -n "$go_bin" ] || { say "no Go; skipped opa $opa_version"; return; }
  say "installing opa $opa_version"
  if [ -w /usr/local/bin ]; then export GOBIN=/usr/local/bin; fi
  GOFLAGS=-mod=mod "$go_bin" install "github.com/open-policy-agent/opa@v$opa_version"
  opa_present || { say "opa $opa_version was installed but does not answer"; exit 1; }
}

install_packages
install_opa
