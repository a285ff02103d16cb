#!/bin/sh
# bench/setup.sh: the peers of the benchmark, in a virtual environment (build/venv, or $LINNET_VENV), and LIBLINEAR's programs
# from the system where that has them.
set -eu
cd "$(dirname "$0")/.."
venv=${LINNET_VENV:-$PWD/build/venv}
script/bootstrap bench
mkdir -p "$(dirname "$venv")"
[ -x "$venv/bin/python" ] || python3 -m venv "$venv"
"$venv/bin/python" -m pip install --quiet --disable-pip-version-check "torch==2.13.0" numpy scikit-learn pillow safetensors vowpalwabbit
command -v liblinear-predict >/dev/null || apt-get install -y liblinear-tools >/dev/null ||
    echo "liblinear-predict is not here: W7 is measured without it" >&2
