#!/bin/sh
# Compiles collatz.py to a library, links a C program with it, and runs that.
set -eu
cd "$(dirname "$0")"
out=${OUT:-build}
mkdir -p "$out"
"${TSAOT:-tsaot}" build collatz.py -o "$out/libcollatz.so"
cc -std=c99 -Wall -Wextra -pedantic -Werror -O2 -I"$out" main.c -o "$out/collatz" -L"$out" -lcollatz -Wl,-rpath,'$ORIGIN'
"$out/collatz"
