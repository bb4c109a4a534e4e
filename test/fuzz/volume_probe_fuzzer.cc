#include "core/file_system/probe.h"
#include "volume_fuzzer.h"

namespace {

std::optional<nacre::VolumeReport> probe(const nacre::BlockReader& partition) {
  return nacre::probe_volume(partition);
}

void mark(const nacre::BlockReader& partition, nacre::UsedBlocks& used) {
  nacre::mark_used(partition, nacre::probe_volume(partition).type, used);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  nacre::fuzz_volume(data, size, probe, mark);
  return 0;
}
