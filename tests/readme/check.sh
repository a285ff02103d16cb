#!/bin/sh
# check.sh SOURCE CC LIBRARY SCRATCH: take the first C program out of the README and build it.
set -eu
source=$1 cc=$2 library=$3 scratch=$4
if [ -n "${LINNET_SANITIZE:-}" ]; then
    echo "skipped: a sanitized library wants a sanitized program"
    exit 77
fi
awk '/^```c$/ { on = 1; next } /^```$/ { if (on) exit } on' "$source/README.md" >"$scratch/readme.c"
grep -q 'int main(void)' "$scratch/readme.c"
"$cc" -std=c17 -Wall -Wextra -Wpedantic -Werror -I"$source/include" "$scratch/readme.c" "$library" -o "$scratch/readme"
