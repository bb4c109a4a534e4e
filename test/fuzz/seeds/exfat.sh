#!/bin/sh
# Seeds of the exfat fuzzer: small real volumes.
set -eu
make=$(dirname "$0")/make-volumes
"$make" "$1" exfat 8 mkfs.exfat -L label
"$make" "$1" exfat-512 4 mkfs.exfat -c 512
