#!/bin/sh
# check.sh HEADER INCLUDE CC [CXX]: the header compiles with nothing before it and nothing after it.
set -eu
header=$1 include=$2 cc=$3 cxx=${4:-}
strict="-Wall -Wextra -Wpedantic -Werror -fsyntax-only"
for standard in c11 c17; do
    printf '#include <%s>\ntypedef int used;\n' "$header" | "$cc" -x c -std=$standard $strict -I"$include" -
done
if [ -z "$cxx" ]; then
    echo "skipped for C++: there is no C++ compiler"
    exit 77
fi
printf '#include <%s>\n' "$header" | "$cxx" -x c++ -std=c++17 $strict -I"$include" -
