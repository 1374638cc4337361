#!/usr/bin/env bash
# Makes sure that the tools of the tests are there: installs what Debian has, and says what it does not.
set -euo pipefail

packages=()

need() { # need COMMAND PACKAGE...
    command -v "$1" >/dev/null || packages+=("${@:2}")
}

need curl curl ca-certificates
need cc gcc libc6-dev
need c++ g++
need python3 python3 python3-venv
need node nodejs
need npm npm
need chromium chromium fonts-dejavu-core
need promtool prometheus
need openssl openssl
if command -v python3 >/dev/null && ! python3 -c 'import ensurepip, venv' 2>/dev/null; then
    packages+=(python3-venv)
fi

if ! compgen -G '/usr/lib/postgresql/*/bin/initdb' >/dev/null && ! command -v initdb >/dev/null; then
    packages+=(postgresql)
fi

if ((${#packages[@]})); then
    if ! command -v apt-get >/dev/null; then
        echo "please install: ${packages[*]}" >&2
        exit 1
    fi
    as_root=()
    [[ $(id -u) == 0 ]] || as_root=(sudo)
    "${as_root[@]}" apt-get update -qq
    "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${packages[@]}"
fi

if ! command -v cargo >/dev/null; then
    echo "please install Rust (stable) with rustup: https://rustup.rs" >&2
    exit 1
fi
for component in fmt clippy; do
    cargo "$component" --version >/dev/null 2>&1 || rustup component add "${component/fmt/rustfmt}"
done
