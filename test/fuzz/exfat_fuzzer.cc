#include "core/file_system/exfat.h"
#include "volume_fuzzer.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  nacre::fuzz_volume(data, size, nacre::probe_exfat, nacre::mark_exfat);
  return 0;
}
