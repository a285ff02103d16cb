#!/bin/sh
# bench/run.sh [RUNS]: wall-clock time of whole processes, start to end, median of RUNS (5). After bench/setup.sh the
# book's PyTorch code runs beside it, with the same data, batches, epochs and number of threads.
set -eu
cd "$(dirname "$0")/.."
runs=${1:-5}
median() { # of RUNS runs of a command, in seconds
    i=0
    while [ "$i" -lt "$runs" ]; do
        started=$(date +%s.%N)
        "$@" >/dev/null 2>build/bench.log || {
            cat build/bench.log >&2
            exit 1
        }
        echo "$started $(date +%s.%N)"
        i=$((i + 1))
    done | awk '{ printf "%.3f\n", $2 - $1 }' | sort -n | awk '{ t[NR] = $1 } END { print t[int((NR + 1) / 2)] }'
}
report() { printf '%-58s %8s s\n' "$1" "$2"; }

echo "median of $runs runs on $(nproc) processors ($(sed -n 's/^model name[[:space:]]*: //p' /proc/cpuinfo | head -n 1))"
report "linnet train fashion-mnist (10 epochs)" "$(median build/linnet train fashion-mnist --quiet)"
report "linnet train fashion-mnist --epochs 1" "$(median build/linnet train fashion-mnist --epochs 1 --quiet)"
report "linnet train synthetic (3 epochs)" "$(median build/linnet train synthetic --quiet)"
python=${LINNET_VENV:-build/venv}/bin/python
if [ -x "$python" ] && "$python" -c 'import torch' 2>/dev/null; then
    data=$(build/linnet data path fashion-mnist)
    report "PyTorch, softmax regression as the book has it (10 epochs)" "$(median "$python" bench/softmax_torch.py "$data" 10)"
    report "PyTorch, the same for 1 epoch" "$(median "$python" bench/softmax_torch.py "$data" 1)"
else
    echo "PyTorch is not here to compare with: bench/setup.sh makes its virtual environment"
fi
