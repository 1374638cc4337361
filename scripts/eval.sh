#!/usr/bin/env bash
# Measures the guardrails' detectors: how much they find, and how often they cry wolf, with 95 % intervals.
# Usage: scripts/eval.sh CACHE TARGET [FOLDER]   FOLDER may hold further sets: *pii*, *secrets*, *profanity*, *jailbreak*, *inject*.jsonl
set -euo pipefail
shopt -s nullglob

cache=$1 target=$2 folder=${3:-}
here=$(cd "$(dirname "$0")" && pwd)
"$here/python-env.sh" "$cache/eval-venv" "$here/eval/requirements.txt"
sets=$cache/eval
mkdir -p "$sets"
make_set() { "$cache/eval-venv/bin/python" "$here/eval/$1.py" "${@:3}" >"$sets/$2.jsonl"; }
make_set pii pii 7 all 2
make_set lookalikes pii_lookalikes 5 20
make_set secrets secrets 1

nice cargo build --quiet --release --locked -p callsign-guard --examples
for kind in pii secrets profanity; do
    own=("$sets/$kind"*.jsonl "$here/../crates/callsign-guard/eval/$kind"*.jsonl)
    given=()
    [[ -z $folder ]] || given=("$folder"/*"$kind"*.jsonl)
    for file in "${own[@]}" "${given[@]}"; do
        echo "== $kind: $(basename "$file")"
        "$target/release/examples/eval_$kind" "$file"
    done
done

# Attempts on the model's instructions: the sets given, and the harmless texts that the shipped model has not learnt from.
nice cargo build --quiet --release --locked -p callsign-train
attempts=()
[[ -z $folder ]] || attempts=("$folder"/*jailbreak*.jsonl "$folder"/*inject*.jsonl)
gathered=$cache/guard-data
if [[ -f $gathered/prompts.jsonl ]]; then
    grep -hE '"source": "(evals:b|promptbench|inspect:work|debian:debian-policy|debian:fortunes-de)"' \
        "$gathered/prompts.jsonl" "$gathered/documents.jsonl" >"$sets/strangers.jsonl"
    attempts+=("$sets/strangers.jsonl")
else
    echo "== jailbreak: scripts/guard-data.py gathers the harmless texts for this measure; without them only the sets given are used"
fi
for file in "${attempts[@]}"; do
    echo "== jailbreak: $(basename "$file")"
    "$target/release/callsign-train" eval "$file"
done
