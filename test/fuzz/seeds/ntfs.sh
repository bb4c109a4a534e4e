#!/bin/sh
# Seeds of the ntfs fuzzer: small real volumes.
set -eu
make=$(dirname "$0")/make-volumes
"$make" "$1" ntfs 8 mkntfs -F -Q
"$make" "$1" ntfs-512 4 mkntfs -F -Q -c 512
"$make" "$1" ntfs-64k 16 mkntfs -F -Q -c 65536
head -c 8192 /dev/zero | tr '\0' 'h' >"$1/hiberfil"
# shellcheck disable=SC2016 # expanded by make-volumes
FILL='i=0; while [ $i -lt 60 ]; do ntfscp -q "$FILL_IMAGE" /etc/hostname "a longer file name $i"; i=$((i + 1)); done; ntfscp -q "$FILL_IMAGE" '"$1"'/hiberfil hiberfil.sys' \
  "$make" "$1" ntfs-files 8 mkntfs -F -Q
rm "$1/hiberfil"
