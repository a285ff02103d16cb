#!/bin/sh
# bench/within.sh MEGABYTES COMMAND ARGUMENT…: run it in a control group that has no more memory, files' pages included. For root.
set -eu
root=/sys/fs/cgroup
limit=$(($1 << 20))
shift
if [ -e $root/cgroup.controllers ]; then
    group=$root/linnet-bench
    mkdir -p $group
    echo $limit >$group/memory.max
else
    group=$root/memory/linnet-bench
    mkdir -p $group
    echo $limit >$group/memory.limit_in_bytes
fi
echo $$ >$group/cgroup.procs
exec "$@"
