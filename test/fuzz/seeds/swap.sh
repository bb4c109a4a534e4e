#!/bin/sh
# Seeds of the swap fuzzer: small real volumes.
set -eu
make=$(dirname "$0")/make-volumes
"$make" "$1" swap 1 mkswap
"$make" "$1" swap-64k 1 mkswap -p 65536
