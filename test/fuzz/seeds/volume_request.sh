#!/bin/sh
# Seeds of the volume_request fuzzer: requests as src/codec/volume-protocol.ts makes them.
set -eu
printf '\021\001\0\0\0a\002\0\0\0st\003\0\0\0xyz' >"$1/write"
printf '\040\004\0\0\0/a/b' >"$1/list"
printf '\001\001\0\002\0\0\001\0\0\0d\0\0\0\0\0\0\0\0\0\0\020\0\0\0\0\0\001\0\0\0j\0\0\0\0\0\0\0\0\0\0\020\0\0\0\0\0' >"$1/open"
