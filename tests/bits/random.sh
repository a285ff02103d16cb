#!/bin/sh
# random.sh BITS [RUNNER…]: every op and loss on random shapes gives the same bits on every set of kernels ($LINNET_SIMDS names others;
# one that is not to be had here is skipped, and named), on 1 and 3 threads. The shapes are new ones each time: the seed is shown, and
# LINNET_SEED=NUMBER has the same again.
set -eu
bits=$1
shift
seed=${LINNET_SEED:-$(od -An -N3 -tu4 /dev/urandom | tr -d ' ')}
echo "LINNET_SEED=$seed"
out=$bits.random
rm -f "$out.first"
for simd in ${LINNET_SIMDS:-scalar avx2 avx512}; do
    for threads in 1 3; do
        LINNET_SIMD=$simd "$@" "$bits" $threads "$seed" >"$out" 2>"$out.err" || {
            cat "$out.err"
            exit 1
        }
        [ "$(head -n 1 "$out.err")" = "kernels: $simd" ] || {
            echo "skipped: $simd is not to be had here"
            break
        }
        [ -e "$out.first" ] || cp "$out" "$out.first"
        diff "$out.first" "$out" || {
            echo "other bits with LINNET_SIMD=$simd, $threads threads, than with the first; LINNET_SEED=$seed"
            exit 1
        }
    done
done
