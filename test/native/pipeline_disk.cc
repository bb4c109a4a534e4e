#include "pipeline_disk.h"

#include <cstdlib>
#include <fstream>

namespace nacre::pipeline::testing {

TemporaryFolder::TemporaryFolder() {
  // Not /tmp, which is often a tmpfs without O_DIRECT.
  std::string pattern = "/var/tmp/nacre-pipeline-XXXXXX";
  if (::mkdtemp(pattern.data()) == nullptr) throw OsError(errno, "mkdtemp", pattern);
  path_ = pattern;
}

std::string TemporaryFolder::folder(const std::string& name) const {
  std::filesystem::create_directory(*this / name);
  return *this / name;
}

Content noise(std::size_t size, unsigned seed) {
  std::mt19937 random(seed);
  Content content(size);
  for (std::size_t i = 0; i + 4 <= size; i += 4) {
    put_little_endian(MutableBytes(content), i, static_cast<std::uint32_t>(random()));
  }
  return content;
}

Content disk_content(std::size_t size, unsigned seed) {
  std::mt19937 random(seed);
  Content content = noise(size, seed);
  const auto chunks = static_cast<unsigned>(size / chunk_size);
  for (unsigned chunk = 0; chunk < chunks; chunk++) {
    const auto begin = content.begin() + static_cast<std::ptrdiff_t>(chunk * chunk_size);
    const unsigned kind = random() % 8;
    if (kind == 0) std::fill_n(begin, chunk_size, std::byte{0});
    if (kind == 1 && chunk > 0) std::copy_n(content.begin(), chunk_size, begin);
    if (kind >= 2 && kind < 6) {
      for (std::size_t i = 0; i < chunk_size; i++) {
        begin[static_cast<std::ptrdiff_t>(i)] = static_cast<std::byte>('a' + random() % 6);
      }
    }
  }
  return content;
}

void write_file(const std::string& path, Bytes content) {
  std::ofstream file(path, std::ios::binary | std::ios::trunc);
  file.write(reinterpret_cast<const char*>(content.data()),
             static_cast<std::streamsize>(content.size()));
  ASSERT_TRUE(file.good());
}

Content read_file(const std::string& path) {
  Content content(std::filesystem::file_size(path));
  std::ifstream file(path, std::ios::binary);
  file.read(reinterpret_cast<char*>(content.data()), static_cast<std::streamsize>(content.size()));
  return content;
}

std::shared_ptr<const Device> open(const std::string& path, bool write, bool direct) {
  return std::make_shared<const Device>(
      path, DeviceOptions{.write = write, .exclusive = false, .direct = direct});
}

CaptureResult capture_disk(const std::string& disk, const std::string& packs,
                           const std::vector<TestPartition>& partitions,
                           const CaptureSettings& settings) {
  CaptureRequest request{.device = open(disk),
                         .partitions = {},
                         .algorithm = settings.algorithm,
                         .level = 1,
                         .known_digests = settings.known,
                         .pack_directory = packs,
                         .pack_limit = settings.limit,
                         .threads = settings.threads,
                         .skip_bad = settings.skip_bad};
  for (const TestPartition& partition : partitions) {
    if (!partition.mark) {
      request.partitions.push_back(
          {.offset = partition.offset, .map = PartitionMap(partition.size)});
      continue;
    }
    UsedBlocks used(partition.size);
    partition.mark(used);
    request.partitions.push_back(
        {.offset = partition.offset, .map = PartitionMap(std::move(used))});
  }
  Control control;
  return capture(request, control);
}

std::vector<ImagePartition> image_of(const CaptureResult& result,
                                     const std::vector<TestPartition>& partitions) {
  std::vector<ImagePartition> image;
  for (std::size_t i = 0; i < partitions.size(); i++) {
    const CapturedPartition& records = result.partitions.at(i);
    image.push_back({.window = {.offset = partitions[i].offset, .size = partitions[i].size},
                     .runs = records.runs->bytes(),
                     .masks = records.masks->bytes(),
                     .digests = records.digests->bytes(),
                     .fields = {}});
  }
  return image;
}

std::vector<PackInput> packs_of(const CaptureResult& result) {
  std::vector<PackInput> packs;
  for (const CapturedPack& pack : result.packs) {
    packs.push_back({.place = {.path = pack.path}, .frames = pack.frames, .digests = pack.digests});
  }
  return packs;
}

ApplyResult apply_disk(const std::string& target, std::vector<ImagePartition> image,
                       std::vector<PackInput> packs, bool compare, bool direct) {
  Control control;
  return apply({.device = open(target, true, direct),
                .partitions = std::move(image),
                .packs = std::move(packs),
                .compare = compare,
                .threads = 3},
               control);
}

CompareResult compare_disk(const std::string& target, std::vector<ImagePartition> image,
                           std::vector<PackInput> packs) {
  Control control;
  return compare({.device = open(target),
                  .partitions = std::move(image),
                  .packs = std::move(packs),
                  .threads = 3},
                 control);
}

CodedError coded_error(const std::function<void()>& run) {
  try {
    run();
  } catch (const CodedError& error) {
    return error;
  }
  return {"", {}};
}

std::uint64_t number_fact(const CodedError& error, const std::string& name) {
  for (const Fact& fact : error.facts()) {
    if (fact.name == name) return std::get<std::uint64_t>(fact.value);
  }
  ADD_FAILURE() << "no fact " << name;
  return 0;
}

}  // namespace nacre::pipeline::testing
