#!/bin/sh
# Compiles primes.py to an executable, whose program is the file's main block, and runs it.
set -eu
cd "$(dirname "$0")"
out=${OUT:-build}
mkdir -p "$out"
"${TSAOT:-tsaot}" build primes.py -o "$out/primes"
"$out/primes"
