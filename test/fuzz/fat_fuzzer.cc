#include "core/file_system/fat.h"
#include "volume_fuzzer.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  nacre::fuzz_volume(data, size, nacre::probe_fat, nacre::mark_fat);
  return 0;
}
