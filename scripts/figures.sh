#!/bin/sh
# Prints what the README says of digits: build time, size without weights, time to the first result, and the cost of a call.
# Uses the tsaot named in TSAOT, or else the release build.
set -eu
cd "$(dirname "$0")/.."
if [ -z "${TSAOT:-}" ]; then
    cargo build --release --locked --quiet
    TSAOT=target/release/tsaot
fi
out=$(mktemp -d)
trap 'rm -rf "$out"' EXIT
build() {
    "$TSAOT" build examples/digits/model.py --weights examples/digits/weights.safetensors -o "$out/libdigits.so"
}
build
start=$(date +%s%N)
build
end=$(date +%s%N)
echo "build of digits, whole process: $(((end - start) / 1000000)) ms"
size=$(wc -c <"$out/libdigits.so")
weights=$(wc -c <examples/digits/weights.safetensors)
echo "libdigits.so without weights: $(((size - weights) / 1000)) KB"
"$TSAOT" build examples/hello/collatz.py -o "$out/libcollatz.so"
cc -std=gnu99 -O2 -DTSAOT_NO_SCHEMA_CHECK -I"$out" scripts/figures.c -o "$out/figures" -ldl
"$out/figures" "$out/libdigits.so" "$out/libcollatz.so"
