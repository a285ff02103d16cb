#!/bin/sh
# check.sh FAULT FIXTURE PRELOAD CASES [NAME=PROGRAM…]: make the fixture in a temporary folder, then run the cases on it.
set -eu
export LINNET_FAULT_SAMPLE="${LINNET_FAULT_SAMPLE:-7}"
fault=$1 fixture=$2
shift 2
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
"$fixture" "$scratch/fixture"
preload=$1
shift
"$fault" "$preload" "$scratch/fixture" "$@"
