#!/bin/sh
# Installs what is missing and runs all tests. Arguments go to `cargo test`.
set -eu
cd "$(dirname "$0")/.."
. scripts/setup.sh
# shellcheck disable=SC2086 # a list of options
exec cargo test --workspace --locked --no-fail-fast $features "$@"
