#pragma once

#include <cstddef>

#include "core/bytes.h"

namespace nacre {

/// Page-aligned anonymous memory, zero at first. Pages that are never written cost no RAM.
class ZeroPages {
 public:
  /// @throws OsError (ENOMEM) when the address space or the limit does not allow `size` bytes.
  explicit ZeroPages(std::size_t size);
  /// The same on huge pages where the kernel has them: for buffers that go to the disk and back,
  /// whose pages it would else have to look up one by one.
  [[nodiscard]] static ZeroPages for_transfer(std::size_t size);
  ~ZeroPages();
  ZeroPages(ZeroPages&& other) noexcept;
  ZeroPages& operator=(ZeroPages&& other) noexcept;
  ZeroPages(const ZeroPages&) = delete;
  ZeroPages& operator=(const ZeroPages&) = delete;

  [[nodiscard]] std::byte* data() const { return data_; }
  [[nodiscard]] std::size_t size() const { return size_; }
  [[nodiscard]] MutableBytes bytes() const { return {data_, size_}; }

 private:
  std::byte* data_ = nullptr;
  std::size_t size_ = 0;
};

}  // namespace nacre
