#include "core/file_system/xfs.h"
#include "volume_fuzzer.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  nacre::fuzz_volume(data, size, nacre::probe_xfs, nacre::mark_xfs);
  return 0;
}
