#!/bin/sh
# check.sh BITS EXPECTED [RUNNER…]: what the program prints is what stands in EXPECTED, for every set of kernels ($LINNET_SIMDS names
# others than these; one that is not to be had here is skipped, and named) and for 1 and 3 threads. What is meant to
# change is written anew by BITS > EXPECTED; docs/design.md, section 3, says what depends on it.
set -eu
bits=$1 expected=$2
shift 2
for simd in ${LINNET_SIMDS:-scalar avx2 avx512}; do
    for threads in 1 3; do
        LINNET_SIMD=$simd "$@" "$bits" $threads >"$bits.out" 2>"$bits.err" || {
            cat "$bits.err"
            exit 1
        }
        [ "$(head -n 1 "$bits.err")" = "kernels: $simd" ] || {
            echo "skipped: $simd is not to be had here"
            break
        }
        diff "$expected" "$bits.out" || {
            echo "other bits with LINNET_SIMD=$simd, $threads threads; $(head -n 1 "$bits.err")"
            exit 1
        }
    done
done
