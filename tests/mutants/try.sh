#!/bin/sh
# try.sh BUILD EDIT FILE K: the K-th fault of a source file, against the tests that read files, those of the file itself first;
# one line of what came: "noticed|survives|broken FILE:LINE: what". A fault that no compiler takes is broken, and does not
# count. K `none`: the file as it is, which has to survive.
set -u
build=$1 edit=$2 file=$3 k=$4
work=$(mktemp -d) && chmod 755 "$work" || exit 1 # tests drop root's rights, and still look into it
trap 'rm -rf "$work"' EXIT
TMPDIR=$work
export TMPDIR LINNET_FUZZ_SEED=1 LINNET_FUZZ_COUNT=600
if [ "$k" = none ]; then
    what=$file:0:
    cp "$file" "$work/fault.c"
else
    what=$file:$("$edit" "$file" "$k" "$work/fault.c") || exit 1
fi
# shellcheck disable=SC2086 # flags are words
cc -std=c17 -O1 -w -DNDEBUG -D_GNU_SOURCE -ffp-contract=off -pthread -Iinclude -Isrc $MUTANTS_CFLAGS -c "$work/fault.c" \
    -o "$work/fault.o" 2>/dev/null || {
    printf "broken %s\n" "$what"
    exit
}

# passes PROGRAM WRAPS OBJECT…: does it still, with the fault? One that loops ends by its own time, whatever else runs.
passes() {
    program=$1 wraps=$2
    shift 2
    # shellcheck disable=SC2086
    cc -pthread "$@" "$work/fault.o" "$build/src/liblinnet.a" $MUTANTS_LIBS $wraps -o "$work/$program" || exit 1
    (cd "$work" && ulimit -c 0 && ulimit -t 15 && ulimit -v 4000000 && exec timeout 90 "./$program") >"$work/log" 2>&1
    code=$?
    rm -f "$work/$program"
    [ "$code" = 0 ] || [ "$code" = 77 ]
}

objects=$build/tests/CMakeFiles
fuzz=$build/tests/fuzz/CMakeFiles
. tests/mutants/tests.sh
for test in $(tests_of "$file"); do
    # the calls that a test takes for itself
    if [ "$test" = fuzz_mutants ]; then
        LINNET_FUZZ_FORMATS=$(formats_of "$file")
        export LINNET_FUZZ_FORMATS
        passes "$test" '' "$fuzz"/fuzz_mutants.dir/*.o "$fuzz"/fuzz_readers.dir/*.o && continue
    else
        wraps=$(grep -o -e '-Wl,--wrap=[^ ]*' "$objects/$test.dir/link.txt")
        passes "$test" "$wraps" "$objects/$test.dir/unit/$test.c.o" && continue
    fi
    [ "$k" != none ] || cat "$work/log" >&2
    printf "noticed %s\n" "$what"
    exit
done
printf "survives %s\n" "$what"
