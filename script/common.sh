# shellcheck shell=sh
# Sourced by the scripts, in the root of the project.
jobs=$(nproc 2>/dev/null || echo 2)

# Do the Fashion-MNIST files lie in one of the places where linnet looks for them before it downloads?
fashion_mnist_here() {
    for folder in "${LINNET_DATA:-}/fashion-mnist" "${XDG_CACHE_HOME:-${HOME:-/root}/.cache}/linnet/fashion-mnist" \
        /usr/share/datasets/fashion-mnist; do
        for file in "$folder/t10k-labels-idx1-ubyte" "$folder/t10k-labels-idx1-ubyte.gz"; do
            [ -e "$file" ] && return 0
        done
    done
    return 1
}

# build TESTS [TARGET]: the release, in build/. TESTS=ON builds the tests too, - leaves that as it is. What the build
# says is shown only if it fails.
build() {
    mkdir -p build
    tests=
    [ "$1" != ON ] || tests=-DLINNET_TESTS=ON
    {
        if [ ! -e build/Makefile ] || { [ "$1" = ON ] && ! grep -q '^LINNET_TESTS:BOOL=ON$' build/CMakeCache.txt; }; then
            cmake --preset release -G 'Unix Makefiles' $tests
        fi && cmake --build build -j "$jobs" ${2:+--target "$2"}
    } >build/build.log 2>&1 || {
        cat build/build.log >&2
        exit 1
    }
}
