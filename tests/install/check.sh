#!/bin/sh
# check.sh BUILD SCRATCH CMAKE CC SOVERSION: install BUILD into a prefix under SCRATCH and use it from there.
set -eu
build=$1 scratch=$2 cmake=$3 cc=$4 soversion=$5
if [ -n "${LINNET_SANITIZE:-}" ]; then
    echo "skipped: a sanitized library is not installed"
    exit 77
fi
fail() {
    echo "install: $*" >&2
    exit 1
}
prefix=$scratch/moved
rm -rf "$scratch/prefix" "$prefix" "$scratch/cmake"
"$cmake" --install "$build" --prefix "$scratch/prefix" >"$scratch/install.log"
mv "$scratch/prefix" "$prefix" # nothing may depend on where it was installed

library=$(find "$prefix" -name "liblinnet.so.$soversion")
[ -n "$library" ] || fail "there is no liblinnet.so.$soversion"
libdir=$(dirname "$library")
readelf -d "$library" | grep -q "SONAME.*\[liblinnet.so.$soversion\]" || fail "the SONAME is not liblinnet.so.$soversion"
foreign=$(nm -D --defined-only "$library" | awk '{ print $NF }' | grep -v -E '^(lin|d2l)_[a-zA-Z0-9]' || true)
[ -z "$foreign" ] || fail "exported without LIN_API:" $foreign
allowed='libc|libm|libz|libjansson|libpthread|libdl'
for binary in "$library" "$prefix/bin/linnet"; do
    [ -e "$binary" ] || continue
    more=$(readelf -d "$binary" | sed -n 's/.*NEEDED.*\[\(.*\)\]/\1/p' | grep -v -E "^($allowed)\.so|^ld-linux" || true)
    [ -z "$more" ] || fail "$binary needs" $more
done

here=$(dirname "$0")
echo "with find_package:"
"$cmake" -S "$here/consumer" -B "$scratch/cmake" -DCMAKE_C_COMPILER="$cc" -DCMAKE_PREFIX_PATH="$prefix" >/dev/null
"$cmake" --build "$scratch/cmake" >/dev/null
"$scratch/cmake/consumer"

PKG_CONFIG_PATH=$libdir/pkgconfig
export PKG_CONFIG_PATH
echo "with pkg-config:"
"$cc" -std=c17 $(pkg-config --cflags linnet) "$here/consumer/consumer.c" -o "$scratch/shared" \
    $(pkg-config --libs linnet) -Wl,-rpath,"$libdir"
"$scratch/shared"
echo "with pkg-config --static:"
"$cc" -std=c17 $(pkg-config --cflags linnet) "$here/consumer/consumer.c" -o "$scratch/static" \
    "$libdir/liblinnet.a" $(pkg-config --static --libs linnet | sed 's/-llinnet//')
"$scratch/static"

if [ -e "$libdir/linnet/linnet-pictures.so" ]; then
    echo "the pictures part is found from where the library lies now:"
    "$cc" -std=c17 $(pkg-config --cflags linnet) "$here/consumer/draw.c" -o "$scratch/draw" \
        $(pkg-config --libs linnet) -Wl,-rpath,"$libdir"
    [ "$("$scratch/draw" "$scratch/network.svg")" = LIN_OK ] || fail "no pictures part:" "$("$scratch/draw" "$scratch/network.svg")"
    [ -s "$scratch/network.svg" ] || fail "nothing was drawn"
fi

[ -e "$libdir/linnet/linnet-net.so" ] || exit 0
echo "the net part is found from where the library lies now:"
LINNET_DATA=$scratch/data
export LINNET_DATA
mkdir -p "$LINNET_DATA/fashion-mnist"
for name in train-images-idx3 train-labels-idx1 t10k-images-idx3 t10k-labels-idx1; do
    echo wrong >"$LINNET_DATA/fashion-mnist/$name-ubyte"
done
"$cc" -std=c17 $(pkg-config --cflags linnet) "$here/consumer/verify.c" -o "$scratch/verify" \
    $(pkg-config --libs linnet) -Wl,-rpath,"$libdir"
[ "$("$scratch/verify")" = LIN_EDATA ] || fail "no net part:" "$("$scratch/verify")"
[ ! -e "$prefix/bin/linnet" ] || "$prefix/bin/linnet" data verify fashion-mnist 2>&1 | grep -q 'not the published file' ||
    fail "the command finds no net part"
