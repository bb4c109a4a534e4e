#include "core/zero_pages.h"

#include <sys/mman.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <utility>

#include "core/error.h"

namespace nacre {
namespace {

constexpr std::size_t huge_page = std::size_t{2} << 20U;

}  // namespace

ZeroPages::ZeroPages(std::size_t size) : size_(size) {
  if (size == 0) return;
  void* mapped = ::mmap(nullptr, size, PROT_READ | PROT_WRITE,
                        MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (mapped == MAP_FAILED) throw OsError(errno, "mmap", "memory");
  data_ = static_cast<std::byte*>(mapped);
}

ZeroPages ZeroPages::for_transfer(std::size_t size) {
  if (size < huge_page) return ZeroPages(size);
  // Only whole, aligned huge pages help: what the mapping has too much at both ends goes back.
  ZeroPages pages(size + huge_page);
  const auto address = reinterpret_cast<std::uintptr_t>(pages.data_);
  const std::size_t before = (huge_page - address % huge_page) % huge_page;
  if (before != 0) ::munmap(pages.data_, before);
  pages.data_ += before;
  const auto small_page = static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
  const std::size_t kept = (size + small_page - 1) / small_page * small_page;
  ::munmap(pages.data_ + kept, huge_page - before);
  pages.size_ = size;
  static_cast<void>(::madvise(pages.data_, size, MADV_HUGEPAGE));
  return pages;
}

ZeroPages::~ZeroPages() {
  if (data_ != nullptr) ::munmap(data_, size_);
}

ZeroPages::ZeroPages(ZeroPages&& other) noexcept
    : data_(std::exchange(other.data_, nullptr)), size_(std::exchange(other.size_, 0)) {}

ZeroPages& ZeroPages::operator=(ZeroPages&& other) noexcept {
  std::swap(data_, other.data_);
  std::swap(size_, other.size_);
  return *this;
}

}  // namespace nacre
