#!/bin/sh
# lines.sh: how long the book's two programs are. Formatted at 100 columns, without blank lines, includes and the header
# comment: softmax_regression_concise.c at most 40 lines, linear_regression_scratch.c at most 80. No example hides code in
# a header of its own: all that it includes is the library and the C standard's.
set -eu
cd "$(dirname "$0")/../.."
if ! command -v clang-format >/dev/null 2>&1; then
    echo "skipped: clang-format is not installed"
    exit 77
fi
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
sed 's/^ColumnLimit:.*/ColumnLimit: 100/' .clang-format >"$folder/.clang-format"
cp examples/*.c "$folder"

lines() {
    clang-format "$folder/$1" | awk '
        /^[ \t]*$/ || /^#include/ { next }
        !code && (comment || /^\/\*/) { comment = !/\*\//; next }
        { code++ }
        END { print code }'
}

failed=0
while read -r program most; do
    count=$(lines "$program")
    echo "$program: $count lines, at most $most"
    [ "$count" -le "$most" ] || failed=1
done <<EOF
softmax_regression_concise.c 40
linear_regression_scratch.c 80
EOF
if grep -n '^#include' examples/*.c | grep -Ev '<(linnet|linnet/d2l|math|stdbool|stdint|stdio|stdlib|string)\.h>$'; then
    echo "an example includes something else than <linnet.h>, <linnet/d2l.h> and the standard's headers" >&2
    failed=1
fi
exit $failed
