#include "core/file_system/ntfs.h"
#include "volume_fuzzer.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  nacre::fuzz_volume(data, size, nacre::probe_ntfs, nacre::mark_ntfs);
  return 0;
}
