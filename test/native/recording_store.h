#pragma once

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <functional>
#include <vector>

#include "core/block_store.h"
#include "core/error.h"

namespace nacre::test {

/// A medium in memory that remembers every write and flush, to replay what a power cut leaves.
class RecordingStore final : public BlockStore {
 public:
  explicit RecordingStore(std::uint64_t size) : bytes_(static_cast<std::size_t>(size)) {}
  explicit RecordingStore(std::vector<std::byte> bytes) : bytes_(std::move(bytes)) {}

  [[nodiscard]] std::uint64_t size() const override { return bytes_.size(); }
  void read(std::uint64_t offset, MutableBytes target) const override {
    const Bytes part = slice(bytes_, offset, target.size(), "read outside memory");
    std::copy(part.begin(), part.end(), target.begin());
  }
  void write(std::uint64_t offset, Bytes source) override {
    static_cast<void>(slice(bytes_, offset, source.size(), "write outside memory"));
    if (writes_until_failure_ != 0 && --writes_until_failure_ == 0) {
      throw OsError(EIO, "write", "medium");
    }
    put(bytes_, offset, source);
    log_.push_back({.offset = offset, .bytes = {source.begin(), source.end()}});
  }
  void flush() override { log_.push_back({.is_flush = true}); }

  [[nodiscard]] const std::vector<std::byte>& bytes() const { return bytes_; }
  [[nodiscard]] std::vector<std::byte>& bytes() { return bytes_; }
  /// Makes the n-th write from now fail, n from 1 on; all others work.
  void fail_write(std::uint64_t n) { writes_until_failure_ = n; }
  [[nodiscard]] bool has_failed() const { return writes_until_failure_ == 0; }

  /// Forgets the log: what comes is replayed from the present bytes.
  void start() {
    base_ = bytes_;
    log_.clear();
  }

  /// Calls `visit` with a medium for every cut since `start`: each prefix of the writes, and each
  /// choice of the writes that no flush has ordered yet (of many, only the prefixes and those that
  /// lack one). What `visit` writes is undone afterwards.
  void for_each_cut(const std::function<void(RecordingStore&)>& visit) const {
    std::vector<std::byte> flushed = base_;
    RecordingStore medium(base_);
    std::vector<const Entry*> open;
    visit(medium);
    medium.undo(flushed);
    for (const Entry& entry : log_) {
      if (!entry.is_flush) {
        open.push_back(&entry);
        continue;
      }
      visit_choices(flushed, medium, open, visit);
      for (const Entry* write : open) {
        put(flushed, write->offset, write->bytes);
        put(medium.bytes_, write->offset, write->bytes);
      }
      open.clear();
    }
    visit_choices(flushed, medium, open, visit);
  }

 private:
  struct Entry {
    bool is_flush = false;
    std::uint64_t offset = 0;
    std::vector<std::byte> bytes;
  };

  static constexpr std::size_t most_for_all_choices = 8;

  static void put(std::vector<std::byte>& bytes, std::uint64_t offset, Bytes source) {
    std::copy(source.begin(), source.end(), bytes.begin() + static_cast<std::ptrdiff_t>(offset));
  }

  /// Takes back what was written since the log is empty. Copying whole media for each cut would
  /// take most of the time.
  void undo(const std::vector<std::byte>& before) {
    const Bytes all(before);
    for (const Entry& entry : log_) {
      if (!entry.is_flush) put(bytes_, entry.offset, all.subspan(entry.offset, entry.bytes.size()));
    }
    log_.clear();
  }

  static void visit_choices(const std::vector<std::byte>& flushed, RecordingStore& medium,
                            const std::vector<const Entry*>& open,
                            const std::function<void(RecordingStore&)>& visit) {
    const auto visit_if = [&](const std::function<bool(std::size_t)>& is_done) {
      for (std::size_t i = 0; i < open.size(); i++) {
        if (is_done(i)) medium.write(open[i]->offset, open[i]->bytes);
      }
      visit(medium);
      medium.undo(flushed);
    };
    if (open.size() <= most_for_all_choices) {
      for (std::uint32_t choice = 1; choice < 1U << open.size(); choice++) {
        visit_if([choice](std::size_t i) { return (choice >> i & 1U) != 0; });
      }
      return;
    }
    for (std::size_t count = 1; count <= open.size(); count++) {
      visit_if([count](std::size_t i) { return i < count; });
      visit_if([count](std::size_t i) { return i + 1 != count; });
    }
  }

  std::vector<std::byte> bytes_;
  std::vector<std::byte> base_;
  std::vector<Entry> log_;
  std::uint64_t writes_until_failure_ = 0;
};

}  // namespace nacre::test
