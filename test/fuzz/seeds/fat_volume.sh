#!/bin/sh
# Seeds of the fat_volume fuzzer: small real volumes.
set -eu
make=$(dirname "$0")/make-volumes
"$make" "$1" fat12 1 mkfs.fat -F 12 -n LABEL
"$make" "$1" fat16 16 mkfs.fat -F 16 -n LABEL
"$make" "$1" fat32 40 mkfs.fat -F 32 -s 1 -n LABEL
"$make" "$1" fat32-few 4 mkfs.fat -F 32 -s 1
