#!/bin/sh
# Installs the peers into a virtual environment outside the tree, builds tsaot, and prints the benchmark's table.
# Arguments go to scripts/bench/bench.py. TSAOT_BENCH is where the environment and the exported models are kept.
set -eu
cd "$(dirname "$0")/.."
. scripts/setup.sh
# shellcheck disable=SC2086 # a list of options
cargo build --release --locked $features
data=${TSAOT_BENCH:-$HOME/.cache/tsaot-bench}
if ! [ -e "$data/venv/ready" ]; then
    python3 -m venv "$data/venv"
    "$data/venv/bin/pip" install -q torch==2.13.0 torchvision==0.28.0 numpy onnx onnxscript onnxruntime==1.32.0 openvino==2026.4.1
    touch "$data/venv/ready"
fi
exec "$data/venv/bin/python" scripts/bench/bench.py --data "$data" --tsaot "$(realpath "${CARGO_TARGET_DIR:-target}")/release/tsaot" "$@"
