#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "core/block_store.h"
#include "ntfs/batch.h"
#include "ntfs/commit.h"
#include "recording_store.h"

namespace nacre::test {

/// The part [offset, offset + size) of another store.
class StoreWindow final : public BlockStore {
 public:
  StoreWindow(BlockStore& whole, std::uint64_t offset, std::uint64_t size)
      : whole_(whole), offset_(offset), size_(size) {}
  [[nodiscard]] std::uint64_t size() const override { return size_; }
  void read(std::uint64_t offset, MutableBytes target) const override {
    require_inside(offset, target.size());
    whole_.read(offset_ + offset, target);
  }
  void write(std::uint64_t offset, Bytes source) override {
    require_inside(offset, source.size());
    whole_.write(offset_ + offset, source);
  }
  void flush() override { whole_.flush(); }

 private:
  void require_inside(std::uint64_t offset, std::size_t length) const {
    if (offset > size_ || length > size_ - offset) throw FormatError("outside window");
  }

  BlockStore& whole_;
  std::uint64_t offset_;
  std::uint64_t size_;
};

/// A disk in memory with a volume, and a journal behind it.
class VolumeLab {
 public:
  static constexpr std::uint64_t volume_offset = 64 * 1024;
  static constexpr std::uint64_t journal_bytes = 512 * 1024;

  /// `mkfs` and its options make the volume in a file of `size_mib` that is named behind them.
  VolumeLab(const std::string& mkfs, std::uint64_t size_mib);
  /// The same disk with other bytes.
  VolumeLab(const VolumeLab& like, const std::vector<std::byte>& bytes);
  /// The same disk on a medium of somebody else.
  VolumeLab(const VolumeLab& like, RecordingStore& medium);

  using Work = std::function<void(files::FileVolume&)>;
  /// Runs a batch of changes with the journal, and commits it. @returns blocks that changed.
  std::uint64_t change(const Work& work, bool with_journal = true);
  /// Finishes what a cut left. @returns blocks that were applied.
  std::uint64_t replay();
  [[nodiscard]] std::string read(const std::string& path, const std::string& stream = "");
  [[nodiscard]] bool has(const std::string& path);

  /// The volume's bytes where its own map says that they count; zeros elsewhere.
  [[nodiscard]] std::vector<std::byte> used_bytes();
  [[nodiscard]] bool has_used_bytes_of(const std::vector<std::byte>& used) const;
  [[nodiscard]] std::vector<std::byte> volume_bytes() const;
  /// Exit code of a program that judges the volume, named before a file with its bytes.
  [[nodiscard]] int judge(const std::string& command) const;

  std::unique_ptr<RecordingStore> own;
  RecordingStore& disk;
  std::uint64_t volume_size;
  StoreWindow window;
  StoreWindow journal_place;
  files::ChangeJournal journal;

 private:
  VolumeLab(const VolumeLab& like, std::unique_ptr<RecordingStore> bytes);
};

/// What writes a text as the content of a file.
void write_text(files::FileVolume& volume, const std::string& path, const std::string& text,
                const std::string& stream = "");

}  // namespace nacre::test
