#!/bin/sh
# size.sh LINNET: the command, stripped, is at most 1,000,000 bytes and needs no library but libc, libm, zlib and jansson. Of a
# release that GCC made for x86-64.
set -eu
most=1000000
for tool in strip readelf; do
    command -v $tool >/dev/null || {
        echo "skipped: $tool is not installed"
        exit 77
    }
done
copy=$(mktemp)
trap 'rm -f "$copy"' EXIT
strip -o "$copy" "$1"
size=$(wc -c <"$copy")
echo "$size bytes"
[ "$size" -le $most ] || {
    echo "that is more than $most. \`size\` of the object files and \`nm -S --size-sort $1\` show what has grown. What is not hot is
compiled with -Os (src/CMakeLists.txt names the folders); kernels that need no vectors belong in a file that is built once"
    exit 1
}
needed=$(readelf -d "$1" | sed -n 's/.*(NEEDED).*\[\(.*\)\.so.*/\1/p' | sort | tr '\n' ' ')
[ "$needed" = "libc libjansson libm libz " ] || {
    echo "it needs $needed: libc, libjansson, libm and libz are all that it may. What needs another library goes into a module that is
opened when it is used (src/net, src/pictures)"
    exit 1
}
