#!/usr/bin/env bash
# Makes FOLDER a Python environment with exactly the packages of REQUIREMENTS; does nothing if it is one already.
# Usage: scripts/python-env.sh FOLDER REQUIREMENTS
set -euo pipefail

folder=$1 requirements=$2
mkdir -p "$(dirname "$folder")"
# Two checkouts may share the folder.
exec 9>"$folder.lock"
flock 9
cmp --silent "$requirements" "$folder/installed.txt" && exit
python3 -m venv --clear "$folder"
"$folder/bin/pip" install --quiet --disable-pip-version-check --requirement "$requirements"
cp "$requirements" "$folder/installed.txt"
