#include <cstdlib>
#include <map>
#include <vector>

#include "core/fat/check.h"
#include "core/fat/volume.h"
#include "sparse_image.h"

namespace nacre {
namespace {

/// A sparse image that can be written, in pages of 4 KiB.
class WritableImage final : public BlockStore {
 public:
  explicit WritableImage(const SparseImage& image) : image_(image) {}

  [[nodiscard]] std::uint64_t size() const override { return image_.size(); }
  void read(std::uint64_t offset, MutableBytes target) const override {
    image_.read(offset, target);
    for (auto page = pages_.lower_bound(offset / page_bytes); page != pages_.end(); ++page) {
      const std::uint64_t begin = page->first * page_bytes;
      if (begin >= offset + target.size()) break;
      const std::uint64_t from = std::max(offset, begin);
      const std::uint64_t to = std::min(offset + target.size(), begin + page_bytes);
      std::copy_n(page->second.begin() + static_cast<std::ptrdiff_t>(from - begin), to - from,
                  target.begin() + static_cast<std::ptrdiff_t>(from - offset));
    }
  }
  void write(std::uint64_t offset, Bytes source) override {
    if (offset > size() || source.size() > size() - offset) std::abort();
    for (std::size_t done = 0; done < source.size();) {
      const std::uint64_t at = offset + done;
      std::vector<std::byte>& page = page_of(at / page_bytes);
      const std::size_t inside = at % page_bytes;
      const std::size_t part = std::min<std::size_t>(page_bytes - inside, source.size() - done);
      std::copy_n(source.begin() + static_cast<std::ptrdiff_t>(done), part,
                  page.begin() + static_cast<std::ptrdiff_t>(inside));
      done += part;
    }
  }
  void flush() override {}

 private:
  static constexpr std::uint64_t page_bytes = 4096;

  std::vector<std::byte>& page_of(std::uint64_t number) {
    const auto found = pages_.find(number);
    if (found != pages_.end()) return found->second;
    std::vector<std::byte> page(page_bytes);
    const std::uint64_t begin = number * page_bytes;
    image_.read(begin, MutableBytes(page).first(std::min(page_bytes, size() - begin)));
    return pages_.emplace(number, std::move(page)).first->second;
  }

  const SparseImage& image_;
  std::map<std::uint64_t, std::vector<std::byte>> pages_;
};

void visit(fat::Volume& volume, const std::string& path, unsigned depth) {
  if (depth > 3) return;
  unsigned count = 0;
  for (const fat::Item& item : volume.list(path)) {
    if (++count > 20) return;
    const std::string inner = path + "/" + item.name;
    try {
      if (item.is_folder) {
        visit(volume, inner, depth + 1);
      } else {
        static_cast<void>(volume.read(inner, item.size_bytes / 2, 8192));
      }
    } catch (const FormatError&) {
      // A refusal is the right answer to a damaged file; the next one may be whole.
    } catch (const CodedError&) {
      // A name that was listed but cannot be asked for.
    }
  }
}

void change(fat::Volume& volume) {
  const std::vector<std::byte> content(10'000, std::byte{7});
  volume.make_folder("a new folder", 0);
  volume.write("a new folder/file with a long name", content, 0);
  volume.write("LABEL.TXT", content, 0);
  volume.write("LABEL.TXT", Bytes(content).first(10), 0);
  volume.remove("a new folder/file with a long name");
  volume.finish();
}

}  // namespace
}  // namespace nacre

// A hostile volume is read without harm; changes of a sound one leave it sound.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace nacre;
  constexpr std::uint64_t most_clusters = 70'000;
  const SparseImage image(Bytes(reinterpret_cast<const std::byte*>(data), size));
  WritableImage store(image);
  bool was_sound = false;
  try {
    if (store.size() < 512) return 0;
    fat::Volume volume(store);
    if (volume.boot().cluster_count > most_clusters) return 0;
    was_sound = fat::check(store, false).problems.empty();
    visit(volume, "", 0);
    change(volume);
  } catch (const FormatError&) {
    if (was_sound) std::abort();
    return 0;
  } catch (const CodedError&) {
    // Full, or a name that is taken by the other kind.
  }
  if (!was_sound) return 0;
  for (const fat::Problem& problem : fat::check(store, true).problems) {
    if (!problem.is_mended) std::abort();
  }
  if (!fat::check(store, false).problems.empty()) std::abort();
  return 0;
}
