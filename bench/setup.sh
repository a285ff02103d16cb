#!/bin/sh
# bench/setup.sh: the peers of the benchmark, in a virtual environment (build/venv, or $LINNET_VENV).
set -eu
cd "$(dirname "$0")/.."
venv=${LINNET_VENV:-$PWD/build/venv}
mkdir -p "$(dirname "$venv")"
[ -x "$venv/bin/python" ] || python3 -m venv "$venv"
"$venv/bin/python" -m pip install --quiet --disable-pip-version-check "torch==2.13.0" numpy safetensors
