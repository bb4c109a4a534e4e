// What PID 1 reads from disks before anything is trusted: the decision block and boot sectors of
// FAT volumes.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "init/decision_block.h"
#include "init/fat_label.h"
#include "init/steps.h"

// NOLINTNEXTLINE: the name is libFuzzer's
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  const auto block = nacre::init::parse_block(bytes);
  if (block) {
    const auto written = nacre::init::serialize_block(*block);
    if (nacre::init::parse_block({written.data(), written.size()}) != block) std::abort();
  }
  const auto fat = nacre::init::parse_fat_label(bytes);
  if (fat && (fat->label.size() > 11 || fat->serial.size() != 9)) std::abort();
  for (const auto& step : nacre::init::parse_steps(bytes)) {
    if (step.verb.empty()) std::abort();
  }
  return 0;
}
