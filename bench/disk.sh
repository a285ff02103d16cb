#!/bin/sh
# bench/disk.sh FILE…: reads them from the disk, in order, and prints how long it took, as bench/run.py reads it. Their pages are given up
# before.
set -eu
for file; do dd if="$file" iflag=nocache count=0 status=none; done
begin=$(date +%s.%N)
for file; do dd if="$file" of=/dev/null bs=8M status=none; done
end=$(date +%s.%N)
echo "$begin $end" | awk '{ printf "read\t%.6f\tdd, 8 MiB at a time\n", $2 - $1 }'
for file; do dd if="$file" iflag=nocache count=0 status=none; done
