#!/bin/sh
# shellcheck shell=dash # whose ulimit has the limits that it needs
# try.sh BUILD EDIT FILE K: the K-th fault of a source file, against the tests that read files, those of the file itself first;
# one line of what came: "noticed|survives|broken FILE:LINE: what". What survives is tried once more under the sanitizers of
# BUILD-asan, as the tests are. A fault that no compiler takes is broken, and does not count. K `none`: the file as it is, which
# has to survive.
set -u
build=$1 edit=$2 file=$3 k=$4
# What tests write stands in memory where that is a folder: nothing here is about a disk, and thousands of fsync wait for one.
work=$(mktemp -d) && files=$(mktemp -d -p /dev/shm 2>/dev/null || mktemp -d) || exit 1
trap 'rm -rf "$work" "$files"' EXIT
chmod 755 "$work" "$files" # tests drop root's rights, and still look into it
TMPDIR=$files
export TMPDIR LINNET_FUZZ_SEED=1 LINNET_FUZZ_COUNT=600
if [ "$k" = none ]; then
    what=$file:0:
    cp "$file" "$work/fault.c"
else
    what=$file:$("$edit" "$file" "$k" "$work/fault.c") || exit 1
fi

compile() { # FLAG…
    # shellcheck disable=SC2086 # flags are words
    cc -std=c17 -O1 -w -DNDEBUG -D_GNU_SOURCE -ffp-contract=off -pthread "$@" -Iinclude -Isrc $MUTANTS_CFLAGS \
        -c "$work/fault.c" -o "$work/fault.o" 2>/dev/null
}

# A program that loops, or takes all memory, ends by its own limits, whatever else runs; one that waits for what never comes, by the
# clock, late enough for a busy machine.
limited() { # PROGRAM
    cd "$work" && ulimit -c 0 && ulimit -t 15 || exit 1
    [ -n "$sanitizers" ] || ulimit -v 4000000
    ASAN_OPTIONS=hard_rss_limit_mb=4000:detect_leaks=0 exec timeout 180 "./$1"
}

# passes PROGRAM WRAPS OBJECT…: does it still, with the fault?
passes() {
    program=$1 wraps=$2
    shift 2
    # shellcheck disable=SC2086
    cc -pthread $sanitizers "$@" "$work/fault.o" "$build/src/liblinnet.a" $MUTANTS_LIBS $wraps -o "$work/$program" || exit 1
    (limited "$program") >"$work/log" 2>&1
    code=$?
    rm -f "$work/$program"
    [ "$code" = 0 ] || [ "$code" = 77 ]
}

passes_test() { # TEST
    if [ "$1" = fuzz_mutants ]; then
        fuzz=$build/tests/fuzz/CMakeFiles
        LINNET_FUZZ_FORMATS=$(formats_of "$file")
        export LINNET_FUZZ_FORMATS
        passes "$1" '' "$fuzz"/fuzz_mutants.dir/*.o "$fuzz"/fuzz_readers.dir/*.o
    else # with the calls that a test takes for itself
        objects=$build/tests/CMakeFiles/$1.dir
        passes "$1" "$(grep -o -e '-Wl,--wrap=[^ ]*' "$objects/link.txt")" "$objects/unit/$1.c.o"
    fi
}

. tests/mutants/tests.sh
try_all() { # TESTS: ends here if one of them notices, or no compiler takes it
    # shellcheck disable=SC2086
    compile $sanitizers || {
        printf "broken %s\n" "$what"
        exit
    }
    for test in $1; do
        passes_test "$test" && continue
        [ "$k" != none ] || cat "$work/log" >&2
        printf "noticed %s\n" "$what"
        exit
    done
}
sanitizers=
try_all "$(tests_of "$file")"
sanitizers='-fsanitize=address,undefined -fno-sanitize-recover=all' build=$build-asan
try_all "$(quick_tests_of "$file")"
printf "survives %s\n" "$what"
