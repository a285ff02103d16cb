#!/bin/sh
# run.sh LINNET HELPERS CASE: run a case's commands in a fresh folder, and hold what comes to what the case says.
#
# A case is a transcript: `# words`, `$ command` (lines that begin with `> ` go on with it), then what it printed: `| ` stdout,
# `! ` stderr, `= 2` the exit code where it is not 0. Commands are shell; they find linnet and the helpers (array, images,
# json, png, spawn) by name. Times are shown as N. `#! needs WHAT` leaves a case out where that is not there.
#
#   LINNET_BLESS=1   write what came into the case instead: then read the difference, and mean it
set -u
linnet=$1 helpers=$2 case=$3
root=$(cd "$(dirname "$0")/../.." && pwd)
. "$root/script/common.sh"

skip() {
    echo "skipped: $*"
    exit 77
}
as= # who runs the commands, where it may not be root
needs=$(sed -n 's/^#! needs //p' "$case")
for need in $needs; do
    case $need in
    fashion-mnist) fashion_mnist_here || skip "the Fashion-MNIST files are not on this machine" ;;
    hostile)
        [ -e "${LINNET_REFERENCE:-}/hostile/safetensors/manifest.json" ] || skip "there is no hostile in \$LINNET_REFERENCE"
        ;;
    pictures) [ -e "$(dirname "$linnet")/linnet-pictures.so" ] || skip "linnet is built without pictures" ;;
    full) [ -c /dev/full ] || skip "there is no /dev/full" ;;
    terminal) "$helpers/spawn" terminal true >/dev/null 2>&1 || skip "there are no pseudo-terminals" ;;
    commas)
        [ -e /usr/share/i18n/locales/de_DE ] && command -v localedef >/dev/null ||
            skip "localedef cannot make de_DE here, where 1.5 is 1,5"
        ;;
    user)
        [ "$(id -u)" != 0 ] || as='setpriv --reuid=65534 --regid=65534 --clear-groups'
        $as "$linnet" help >/dev/null 2>&1 || skip "root may write anywhere, and setpriv is not here"
        ;;
    plain) [ -z "${LINNET_SANITIZE:-}" ] || skip "a sanitized program is different" ;;
    *) command -v "$need" >/dev/null 2>&1 || skip "$need is not installed" ;;
    esac
done

folder=$(mktemp -d) || exit 1
trap 'rm -rf "$folder"' EXIT
mkdir "$folder/work" || exit 1
[ -z "$as" ] || chown -R 65534:65534 "$folder" || exit 1
PATH=$(dirname "$linnet"):$helpers:$PATH
LC_ALL=C
export PATH LC_ALL
unset NO_COLOR LINNET_SIMD LINNET_MIRROR
cd "$folder/work" || exit 1

# What differs between two runs of the same thing.
same() {
    sed -E -e 's/\([0-9]+\.[0-9]+ s\)/(N s)/' -e 's/"seconds":[0-9.e+-]+/"seconds":N/g' \
        -e 's/after step [0-9]+ of epoch [0-9]+ \([0-9]+ steps in all\)/after step N of epoch N (N steps in all)/' "$1"
}
run_command() {
    printf '%s\n' "$command" | sed -e '1s/^/$ /' -e '2,$s/^/> /'
    $as sh -c "$command" >../stdout 2>../stderr </dev/null
    code=$?
    same ../stdout | sed -e 's/^/| /' -e 's/ $//'
    same ../stderr | sed -e 's/^/! /' -e 's/ $//'
    [ "$code" = 0 ] || echo "= $code"
    command=
}
command=
while IFS= read -r line || [ -n "$line" ]; do
    case $line in
    '> '*)
        command="$command
${line#> }"
        continue
        ;;
    esac
    [ -z "$command" ] || run_command
    case $line in
    '$ '*) command=${line#\$ } ;;
    '|'* | '!'* | '='*) ;;
    *) printf '%s\n' "$line" ;;
    esac
done <"$case" >../transcript
[ -z "$command" ] || run_command >>../transcript

if [ -n "${LINNET_BLESS:-}" ]; then
    cp ../transcript "$case"
    exit
fi
diff -u "$case" ../transcript
