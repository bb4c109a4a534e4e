#pragma once

#include <gtest/gtest.h>

#include <filesystem>
#include <functional>
#include <memory>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "core/device.h"
#include "core/pipeline/capture/capture.h"
#include "core/pipeline/pack/check.h"
#include "core/pipeline/target/apply.h"
#include "core/pipeline/target/compare.h"

/// Small disks in files, and short ways to run the streaming engine over them.
namespace nacre::pipeline::testing {

inline constexpr std::uint64_t pack_limit = 1ULL << 30U;

/// A folder that goes away with the test.
class TemporaryFolder {
 public:
  TemporaryFolder();
  ~TemporaryFolder() { std::filesystem::remove_all(path_); }
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;
  TemporaryFolder(TemporaryFolder&&) = delete;
  TemporaryFolder& operator=(TemporaryFolder&&) = delete;

  [[nodiscard]] std::string operator/(const std::string& name) const { return path_ + "/" + name; }
  /// A new empty folder inside.
  [[nodiscard]] std::string folder(const std::string& name) const;

 private:
  std::string path_;
};

using Content = std::vector<std::byte>;

/// `size` bytes a real disk could hold: text, random bytes, zeros, repeated chunks. Same seed, same
/// bytes.
[[nodiscard]] Content disk_content(std::size_t size, unsigned seed);
/// Random bytes: what a used disk holds where nobody looks.
[[nodiscard]] Content noise(std::size_t size, unsigned seed);

void write_file(const std::string& path, Bytes content);
[[nodiscard]] Content read_file(const std::string& path);
[[nodiscard]] std::shared_ptr<const Device> open(const std::string& path, bool write = false,
                                                 bool direct = true);

/// A partition with a used map; an empty map stands for "every block".
struct TestPartition {
  std::uint64_t offset = 0;
  std::uint64_t size = 0;
  std::function<void(UsedBlocks&)> mark;
};

struct CaptureSettings {
  unsigned threads = 3;
  std::uint64_t limit = pack_limit;
  Bytes known;
  bool skip_bad = false;
  DigestAlgorithm algorithm = DigestAlgorithm::blake3;
};

[[nodiscard]] CaptureResult capture_disk(const std::string& disk, const std::string& packs,
                                         const std::vector<TestPartition>& partitions,
                                         const CaptureSettings& settings = {});

/// What an apply or a compare needs from a captured disk.
[[nodiscard]] std::vector<ImagePartition> image_of(const CaptureResult& result,
                                                   const std::vector<TestPartition>& partitions);
[[nodiscard]] std::vector<PackInput> packs_of(const CaptureResult& result);

[[nodiscard]] ApplyResult apply_disk(const std::string& target, std::vector<ImagePartition> image,
                                     std::vector<PackInput> packs, bool compare = true,
                                     bool direct = true);
[[nodiscard]] CompareResult compare_disk(const std::string& target,
                                         std::vector<ImagePartition> image,
                                         std::vector<PackInput> packs);

/// The code of the CodedError that `run` throws, with its facts; an empty code when it throws none.
[[nodiscard]] CodedError coded_error(const std::function<void()>& run);
[[nodiscard]] std::uint64_t number_fact(const CodedError& error, const std::string& name);

}  // namespace nacre::pipeline::testing
