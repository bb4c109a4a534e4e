#!/bin/sh
# Seeds of the xfs fuzzer: small real volumes.
set -eu
make=$(dirname "$0")/make-volumes
"$make" "$1" xfs-4 300 mkfs.xfs -m crc=0
"$make" "$1" xfs-5 300 mkfs.xfs
"$make" "$1" xfs-4-small-blocks 300 mkfs.xfs -m crc=0 -b size=1024
