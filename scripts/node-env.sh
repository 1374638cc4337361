#!/usr/bin/env bash
# Makes FOLDER hold exactly the packages of SOURCE's lock file and links them into SOURCE; does nothing if that is so already.
# Usage: scripts/node-env.sh SOURCE FOLDER
set -euo pipefail

source=$(realpath "$1") folder=$2
mkdir -p "$folder"
# Two checkouts may share the folder.
exec 9>"$folder.lock"
flock 9
if ! cmp --silent "$source/package-lock.json" "$folder/installed.json"; then
    rm -f "$folder/installed.json"
    cp "$source/package.json" "$source/package-lock.json" "$source/.npmrc" "$folder/"
    (cd "$folder" && npm ci --silent)
    cp "$source/package-lock.json" "$folder/installed.json"
fi
if [[ -d $source/node_modules && ! -L $source/node_modules ]]; then
    rm -r "$source/node_modules"
fi
ln -sfn "$folder/node_modules" "$source/node_modules"
