#!/bin/sh
# Seeds of the ext fuzzer: small real volumes.
set -eu
make=$(dirname "$0")/make-volumes
"$make" "$1" ext2 2 mke2fs -F -t ext2 -N 64
"$make" "$1" ext4 4 mke2fs -F -t ext4 -N 64
"$make" "$1" ext4-plain 4 mke2fs -F -t ext4 -N 64 -O ^metadata_csum,^uninit_bg
"$make" "$1" ext4-uninit 16 mke2fs -F -t ext4 -b 1024 -g 1024 -N 256 -O uninit_bg,^metadata_csum,^has_journal
"$make" "$1" ext4-meta 16 mke2fs -F -t ext4 -b 1024 -g 512 -N 256 -O meta_bg,^resize_inode,^metadata_csum,^uninit_bg,^has_journal
"$make" "$1" ext4-big 32 mke2fs -F -t ext4 -b 1024 -C 8192 -N 256 -O bigalloc,^metadata_csum,^uninit_bg,^has_journal
"$make" "$1" ext4-super2 16 mke2fs -F -t ext4 -b 1024 -N 256 -O sparse_super2,mmp,^resize_inode,^metadata_csum,^uninit_bg,^has_journal
