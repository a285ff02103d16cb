#!/bin/sh
# check.sh PROGRAM SOURCE EXPECTED…: run an example and hold what it prints to each of these files.
#
# Word by word: `*` is any word (a time, say), `0.447±0.003` a number in that range, `|x|<0.01` a number below it in size;
# a line `...` stands for any lines. Everything else is the same on every machine, and compared as it is.
set -eu
program=$1 source=$2
shift 2
here=$(dirname "$0")
. "$here/../../script/common.sh"
if grep -q fashion_mnist "$source" && ! fashion_mnist_here; then
    echo "skipped: the Fashion-MNIST files are not on this machine"
    exit 77
fi
output=$(mktemp)
trap 'rm -f "$output"' EXIT
"$program" >"$output" || {
    code=$?
    cat "$output"
    echo "$program: exit $code" >&2
    exit 1
}
cat "$output"
for expected; do
    LC_ALL=C awk '
    function number(text) { return text ~ /^[-+]?([0-9]+\.?[0-9]*|\.[0-9]+)(e[-+]?[0-9]+)?$/ }
    function size(x) { return x < 0 ? -x : x }
    function bare(text) {
        sub(/^(tensor)?[[(]+/, "", text)
        sub(/[],;)]+$/, "", text)
        return text
    }
    function same(want, got,    part) {
        if (want == "*" || want == got) return 1
        want = bare(want)
        got = bare(got)
        if (split(want, part, "±") == 2) return number(got) && size(got - part[1]) <= part[2] + 0
        if (substr(want, 1, 4) == "|x|<") return number(got) && size(got + 0) < substr(want, 5) + 0
        return 0
    }
    function line_same(want, got,    w, g, i, n) {
        n = split(want, w, " ")
        if (split(got, g, " ") != n) return 0
        for (i = 1; i <= n; i++) if (!same(w[i], g[i])) return 0
        return 1
    }
    NR == FNR { want[++wanted] = $0; next }
    {
        if (want[at + 1] == "...") {
            if (at + 2 > wanted) next
            if (!line_same(want[at + 2], $0)) next
            at += 2
        } else if (at < wanted && line_same(want[at + 1], $0)) at++
        else {
            printf "%s: line %d is\n  %s\nexpected\n  %s\n", name, FNR, $0, at < wanted ? want[at + 1] : "(the end)"
            bad = 1
            exit
        }
    }
    END {
        if (!bad && want[at + 1] == "...") at++
        if (!bad && at < wanted) { printf "%s: the output ends before\n  %s\n", name, want[at + 1]; bad = 1 }
        exit bad
    }' name="${expected##*/}" "$expected" "$output" >&2
done
