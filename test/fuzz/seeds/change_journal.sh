#!/bin/sh
# A seed of the change_journal fuzzer: two blocks for a volume of zeros. The fuzzer makes the sums of the header
# right; those of the sectors before are here.
set -eu
python3 - "$1/two-blocks" <<'P'
import struct
import sys


def crc32c(data):
    value = 0xFFFFFFFF
    for byte in data:
        value ^= byte
        for _ in range(8):
            value = value >> 1 ^ (0x82F63B78 if value & 1 else 0)
    return value


before = struct.pack("<8I", *[crc32c(bytes(512))] * 8)
header = b"NACREJNL" + struct.pack("<IIQQQII", 1, 4096, 1, 0, 8 * 4096, 2, 0) + bytes(16)
entries = struct.pack("<Q", 3) + before + struct.pack("<Q", 7) + before
with open(sys.argv[1], "wb") as seed:
    seed.write(header.ljust(8192, b"\0") + entries.ljust(4096, b"\0") + b"a" * 4096 + b"b" * 4096)
P
