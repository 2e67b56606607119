#!/bin/sh
# Installs what is missing, builds tsaot, and runs examples/digits with it.
set -eu
cd "$(dirname "$0")/.."
. scripts/setup.sh
# shellcheck disable=SC2086 # a list of options
cargo build --release --locked $features
TSAOT=$(realpath "${CARGO_TARGET_DIR:-target}")/release/tsaot exec examples/digits/run.sh
