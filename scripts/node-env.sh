#!/usr/bin/env bash
# Installs the packages of tests/node as its lock file says; does nothing if that was done already.
set -euo pipefail

cd "$(dirname "$0")/../tests/node"
cmp --silent package-lock.json node_modules/installed.json && exit
npm ci --silent
cp package-lock.json node_modules/installed.json
