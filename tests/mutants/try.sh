#!/bin/sh
# try.sh BUILD EDIT FILE K: the K-th fault of a source file, against the tests that read files; one line of what came:
# "noticed|survives|broken FILE:LINE: what". A fault that no compiler takes is broken, and does not count.
set -u
build=$1 edit=$2 file=$3 k=$4
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
TMPDIR=$work
export TMPDIR LINNET_FUZZ_SEED=1 LINNET_FUZZ_COUNT=600
what=$file:$("$edit" "$file" "$k" "$work/fault.c") || exit 1
# shellcheck disable=SC2086 # flags are words
cc -std=c17 -O1 -w -DNDEBUG -D_GNU_SOURCE -ffp-contract=off -pthread -Iinclude -Isrc $MUTANTS_CFLAGS -c "$work/fault.c" \
    -o "$work/fault.o" 2>/dev/null || {
    printf "broken %s\n" "$what"
    exit
}

# try_one LIMIT PROGRAM OBJECT…: does it still pass with the fault?
try_one() {
    limit=$1 program=$2
    shift 2
    # shellcheck disable=SC2086
    cc -pthread "$@" "$work/fault.o" "$build/src/liblinnet.a" $MUTANTS_LIBS $wrapped -o "$work/$program" || exit 1
    (cd "$work" && timeout "$limit" "./$program") >"$work/log" 2>&1
    code=$?
    rm -f "$work/$program"
    [ "$code" = 0 ] || [ "$code" = 77 ]
}

objects=$build/tests/CMakeFiles
fuzz=$build/tests/fuzz/CMakeFiles
case $file in
*/data/*) tests="test_idx test_npy test_mnist" ;;
*/base/*) tests="test_input test_idx test_npy" ;;
*) tests="test_safetensors test_model test_hostile_model" ;;
esac
for test in $tests test_reader_faults; do
    # the calls that a test takes for itself
    wrapped=$(grep -o -e '-Wl,--wrap=[^ ]*' "$objects/$test.dir/link.txt")
    try_one 60 "$test" "$objects/$test.dir/unit/$test.c.o" || {
        printf "noticed %s\n" "$what"
        exit
    }
done
wrapped=
if try_one 60 fuzz_mutants "$fuzz"/fuzz_mutants.dir/*.o "$fuzz"/fuzz_readers.dir/*.o; then
    printf "survives %s\n" "$what"
else
    printf "noticed %s\n" "$what"
fi
