#!/bin/sh
# Runs primes.py with its scripted code compiled.
set -eu
cd "$(dirname "$0")"
"${TSAOT:-tsaot}" run primes.py
