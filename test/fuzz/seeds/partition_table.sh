#!/bin/sh
# Makes seeds for partition_table_fuzzer in DIR: tables of sfdisk, as records of (place / 8, 512 bytes).
set -eu

if [ "${1:---help}" = --help ]; then
  echo "usage: partition_table.sh DIR"
  exit 0
fi
dir=$1
image=$(mktemp)
trap 'rm -f "$image"' EXIT

# A record: the place as u16 (in units of 8 bytes), then the sector.
record() { # LBA
  place=$(($1 * 64))
  printf '%b' "\\0$(printf %o $((place % 256)))\\0$(printf %o $((place / 256)))"
  dd if="$image" bs=512 skip="$1" count=1 status=none
}

make_seed() { # NAME FLAGS LBA...
  name=$1
  flags=$2
  shift 2
  {
    printf '%b\003' "$flags"
    for lba; do record "$lba"; done
  } >"$dir/$name"
}

rm -f "$image" && truncate -s 256K "$image"
printf 'label: dos\n4,20,83\n30,400,5\n,40\n,40\n' | sfdisk -q --no-reread "$image" 2>/dev/null ||
  printf 'label: dos\nstart=4,size=20\n' | sfdisk -q "$image"
make_seed mbr '\000' 0 30 31 32 33 80 120
rm -f "$image" && truncate -s 256K "$image"
printf 'label: gpt\nfirst-lba: 34\nstart=40,size=40,name=one\nstart=100,size=100\n' | sfdisk -q "$image"
make_seed gpt '\002' 0 1 2 479 511
make_seed gpt-primary '\000' 0 1 2 3
make_seed gpt-backup '\002' 0 479 511
