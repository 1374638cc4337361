#!/bin/sh
# Builds every fuzz target with the stable toolchain and runs each for so many seconds from the committed seeds.
# Usage: fuzz/run.sh SECONDS [TARGET...]
# New inputs go to the target directory (CARGO_TARGET_DIR, or ~/.cache/callsign/fuzz-target); a finding ends the run with an
# error and is kept there, under artifacts/. Run it again with: <target directory>/.../release/TARGET FILE
set -eu

seconds=${1:?usage: fuzz/run.sh SECONDS [TARGET...]}
shift
here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
target_dir=${CARGO_TARGET_DIR:-$HOME/.cache/callsign/fuzz-target}
host=$(rustc -vV | sed -n 's/^host: //p')

# What cargo-fuzz asks of a nightly compiler, but for the address sanitizer, which the workspace (no unsafe code) can do
# without: coverage counters for the fuzzer to steer by. A target is named so that build scripts are compiled without it.
RUSTFLAGS="--cfg fuzzing -Cpasses=sancov-module -Cllvm-args=-sanitizer-coverage-level=4 \
-Cllvm-args=-sanitizer-coverage-inline-8bit-counters -Cllvm-args=-sanitizer-coverage-pc-table \
-Cllvm-args=-sanitizer-coverage-trace-compares -Ccodegen-units=1"
export RUSTFLAGS
cargo build --quiet --release --locked --manifest-path "$here/Cargo.toml" --target "$host" --target-dir "$target_dir"

if [ $# -eq 0 ]; then
    for file in "$here"/fuzz_targets/*.rs; do set -- "$@" "$(basename "$file" .rs)"; done
fi
for name in "$@"; do
    corpus=$target_dir/corpus/$name
    artifacts=$target_dir/artifacts/$name
    mkdir -p "$corpus" "$artifacts"
    # Bodies and streams as SDKs and providers send them are the seeds of what reads them.
    case $name in
        requests | replies | streams) set -- "$here"/../crates/callsign-wire/tests/speech/*/"$name" ;;
        aws_frames) set -- "$here"/../crates/callsign-wire/tests/speech/bedrock/streams ;;
        *) set -- "$here/seeds/$name" ;;
    esac
    echo "== $name for $seconds s"
    if ! "$target_dir/$host/release/$name" -seed=1 -max_total_time="$seconds" -timeout=10 -rss_limit_mb=2048 -max_len=16384 \
        -print_final_stats=1 -artifact_prefix="$artifacts/" "$corpus" "$@" >"$target_dir/$name.log" 2>&1; then
        tail -n 50 "$target_dir/$name.log"
        echo "$name: finding, see above" >&2
        exit 1
    fi
    grep -E '^stat::(number_of_executed_units|new_units_added|peak_rss_mb)' "$target_dir/$name.log"
done
