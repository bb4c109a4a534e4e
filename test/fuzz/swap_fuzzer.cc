#include "core/file_system/swap.h"
#include "volume_fuzzer.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  nacre::fuzz_volume(data, size, nacre::probe_swap, nacre::mark_swap);
  return 0;
}
