#include "volume_lab.h"

#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cstdlib>
#include <fstream>
#include <stdexcept>

#include "core/file_system/probe.h"

namespace nacre::test {
namespace {

constexpr std::uint64_t mib = 1024 * 1024;

/// A file that is gone with this object.
class ScratchFile {
 public:
  ScratchFile() {
    const int descriptor = ::mkstemp(name_.data());
    if (descriptor < 0) throw std::runtime_error("mkstemp");
    ::close(descriptor);
  }
  ~ScratchFile() { ::unlink(name_.data()); }
  ScratchFile(const ScratchFile&) = delete;
  ScratchFile& operator=(const ScratchFile&) = delete;
  [[nodiscard]] const char* name() const { return name_.data(); }

 private:
  std::array<char, 32> name_{"/var/tmp/nacre-volume-XXXXXX"};
};

int run(const std::string& command, const ScratchFile& file) {
  const std::string line =
      "PATH=$PATH:/usr/sbin:/sbin " + command + " " + file.name() + " >/dev/null 2>&1 </dev/null";
  const int status = std::system(line.c_str());
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

std::vector<std::byte> made_disk(const std::string& mkfs, std::uint64_t size_mib) {
  const ScratchFile file;
  if (::truncate(file.name(), static_cast<off_t>(size_mib * mib)) != 0) {
    throw std::runtime_error("truncate");
  }
  if (run(mkfs, file) != 0) throw std::runtime_error(mkfs);
  // Noise beside the volume, which nothing may touch or believe.
  std::vector<std::byte> bytes(VolumeLab::volume_offset + size_mib * mib + VolumeLab::journal_bytes,
                               std::byte{0x5a});
  std::ifstream(file.name())
      .read(reinterpret_cast<char*>(bytes.data() + VolumeLab::volume_offset),
            static_cast<std::streamsize>(size_mib * mib));
  return bytes;
}

files::WindowPlace place_of(std::uint64_t size) {
  return {.offset = VolumeLab::volume_offset, .size = size};
}

}  // namespace

VolumeLab::VolumeLab(const std::string& mkfs, std::uint64_t size_mib)
    : own(std::make_unique<RecordingStore>(made_disk(mkfs, size_mib))),
      disk(*own),
      volume_size(size_mib * mib),
      window(disk, volume_offset, volume_size),
      journal_place(disk, volume_offset + volume_size, journal_bytes),
      journal(journal_place, place_of(volume_size)) {}

VolumeLab::VolumeLab(const VolumeLab& like, const std::vector<std::byte>& bytes)
    : VolumeLab(like, std::make_unique<RecordingStore>(bytes)) {}

VolumeLab::VolumeLab(const VolumeLab& like, std::unique_ptr<RecordingStore> bytes)
    : VolumeLab(like, *bytes) {
  own = std::move(bytes);
}

VolumeLab::VolumeLab(const VolumeLab& like, RecordingStore& medium)
    : disk(medium),
      volume_size(like.volume_size),
      window(disk, volume_offset, volume_size),
      journal_place(disk, volume_offset + volume_size, journal_bytes),
      journal(journal_place, place_of(volume_size)) {}

std::uint64_t VolumeLab::change(const Work& work, bool with_journal) {
  files::Batch batch(window, 512, with_journal ? &journal : nullptr);
  work(batch.files());
  return batch.commit();
}

std::uint64_t VolumeLab::replay() { return files::replay(window, journal); }

std::string VolumeLab::read(const std::string& path, const std::string& stream) {
  files::Batch batch(window, 512);
  std::string text;
  batch.files().read(files::parse_path(path), stream, 0, 1U << 30U, [&](Bytes part) {
    text.append(reinterpret_cast<const char*>(part.data()), part.size());
  });
  return text;
}

bool VolumeLab::has(const std::string& path) {
  try {
    files::Batch batch(window, 512);
    static_cast<void>(batch.files().stat(files::parse_path(path)));
    return true;
  } catch (const CodedError& error) {
    if (error.code() != "VOLUME_NOT_FOUND") throw;
    return false;
  }
}

std::vector<std::byte> VolumeLab::volume_bytes() const {
  std::vector<std::byte> bytes(volume_size);
  window.read(0, bytes);
  return bytes;
}

// The map stands behind the bytes, a byte for each block.
std::vector<std::byte> VolumeLab::used_bytes() {
  UsedBlocks used(volume_size);
  mark_used(window, probe_volume(window).type, used);
  std::vector<std::byte> bytes = volume_bytes();
  for (std::uint64_t block = 0; block < used.block_count(); block++) {
    bytes.push_back(used.test(block) ? std::byte{1} : std::byte{0});
  }
  return bytes;
}

bool VolumeLab::has_used_bytes_of(const std::vector<std::byte>& used) const {
  const Bytes now = Bytes(disk.bytes()).subspan(volume_offset, volume_size);
  for (std::uint64_t block = 0; block * files::block_size < volume_size; block++) {
    if (used[volume_size + block] == std::byte{0}) continue;
    const std::uint64_t begin = block * files::block_size;
    const Bytes part = now.subspan(begin, std::min(files::block_size, volume_size - begin));
    if (!std::equal(part.begin(), part.end(), used.begin() + static_cast<std::ptrdiff_t>(begin))) {
      return false;
    }
  }
  return true;
}

int VolumeLab::judge(const std::string& command) const {
  const ScratchFile file;
  const Bytes bytes = Bytes(disk.bytes()).subspan(volume_offset, volume_size);
  std::ofstream(file.name(), std::ios::binary)
      .write(reinterpret_cast<const char*>(bytes.data()),
             static_cast<std::streamsize>(bytes.size()));
  return run(command, file);
}

void write_text(files::FileVolume& volume, const std::string& path, const std::string& text,
                const std::string& stream) {
  const Bytes bytes = std::as_bytes(std::span(text));
  volume.write_file(files::parse_path(path), stream, files::Content({bytes.begin(), bytes.end()}));
}

}  // namespace nacre::test
