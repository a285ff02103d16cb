#!/bin/sh
# check.sh FAULT FIXTURE PRELOAD CASES [NAME=PROGRAM…]: make the fixture in a temporary folder, then run the cases on it.
set -eu
export LINNET_FAULT_SAMPLE="${LINNET_FAULT_SAMPLE:-7}"
fault=$1 fixture=$2
shift 2
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
"$fixture" "$scratch/fixture"
for word; do
    case $word in
    linnet=*) # a training to be resumed, its course, and a model to be drawn
        (cd "$scratch/fixture" && "${word#linnet=}" train X.npy --target y.npy --epochs 2 --checkpoint run --patience 9 \
            --schedule cosine:9 --momentum 0.5 --quiet --json >run.json &&
            "${word#linnet=}" train images --quiet -o clothes.safetensors >/dev/null &&
            gzip -n data/fashion-mnist/train-images-idx3-ubyte && gzip -nc X.npy >X.npy.gz &&
            for file in run/*; do cp "$file" checkpoint.safetensors; done)
        ;;
    pictures=*) # a picture of a few pixels
        (cd "$scratch/fixture" && "${word#pictures=}" plot images images --count 1 --size 0.5x0.5 --dpi 20 -o picture.png --quiet)
        ;;
    esac
done
preload=$1
shift
"$fault" "$preload" "$scratch/fixture" "$@"
