#!/bin/sh
# Compiles the network to a library, links a C and a Rust program with it, and classifies the test images with each.
set -eu
cd "$(dirname "$0")"
out=${OUT:-build}
mkdir -p "$out"
"${TSAOT:-tsaot}" build model.py --weights weights.safetensors -o "$out/libdigits.so" --bindings rust

cc -std=c99 -Wall -Wextra -pedantic -Werror -O2 -I"$out" main.c -o "$out/digits_c" -L"$out" -ldigits -lm -Wl,-rpath,'$ORIGIN'
echo "C"
"$out/digits_c"

OUT=$(realpath "$out") rustc --edition 2024 -O main.rs -o "$out/digits_rust" -L "$out" -l digits -C link-arg='-Wl,-rpath,$ORIGIN'
echo "Rust"
"$out/digits_rust"
