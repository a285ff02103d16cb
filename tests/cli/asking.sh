#!/bin/sh
# asking.sh LIBRARY: functions that do nothing but ask memory for lines ahead of their use are still called. No result tells: GCC takes
# such a function for one that does nothing; when it left out these calls an epoch took a tenth longer.
set -eu
command -v objdump >/dev/null || {
    echo "skipped: objdump is not installed"
    exit 77
}
code=$(mktemp)
trap 'rm -f "$code" "$code.o"' EXIT
for function in gather:fetch_small loader:ask_for_labels; do
    file=${function%:*} name=${function#*:}
    ar p "$1" "$file.c.o" >"$code.o"
    objdump -dr "$code.o" >"$code"
    awk -v name="$name" '/>:$/ { inside = index($0, "<" name) } inside && /prefetch|prfm/ { asks = 1 }
        /R_[A-Z0-9_]*[ \t]/ && index($0, name) && !inside { calls = 1 }
        END { exit !(asks && calls) }' "$code" || {
        echo "data/$file.c: $name asks for nothing or is not called; see lin__ask"
        exit 1
    }
    echo "$file: $name asks and is called"
done
