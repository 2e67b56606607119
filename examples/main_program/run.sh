#!/bin/sh
# Compiles primes.py to an executable and runs it.
set -eu
cd "$(dirname "$0")"
out=${OUT:-build}
mkdir -p "$out"
"${TSAOT:-tsaot}" build primes.py -o "$out/primes"
"$out/primes"
