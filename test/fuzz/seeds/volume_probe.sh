#!/bin/sh
# Seeds of the volume_probe fuzzer: those of all readers.
set -eu
for kind in ntfs fat exfat ext xfs swap; do "$(dirname "$0")/$kind.sh" "$1"; done
