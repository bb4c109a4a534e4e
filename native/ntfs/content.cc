// SPDX-License-Identifier: GPL-2.0-or-later
#include "ntfs/content.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <utility>

#include "core/error.h"

namespace nacre::files {

Content::Content(std::vector<std::byte> bytes) : bytes_(std::move(bytes)), length_(bytes_.size()) {}

Content::Content(std::string path, std::uint64_t offset, std::uint64_t length)
    : path_(std::move(path)), file_(open_file(path_, O_RDONLY)), offset_(offset), length_(length) {}

void Content::read(std::uint64_t offset, MutableBytes target) const {
  if (!file_.is_open()) {
    const Bytes part = slice(bytes_, static_cast<std::size_t>(offset), target.size(), "content");
    std::copy(part.begin(), part.end(), target.begin());
    return;
  }
  for (std::size_t done = 0; done < target.size();) {
    const ssize_t count = ::pread(file_.get(), target.data() + done, target.size() - done,
                                  static_cast<off_t>(offset_ + offset + done));
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) throw OsError(errno, "pread", path_);
    if (count == 0) throw OsError(ENODATA, "pread", path_);
    done += static_cast<std::size_t>(count);
  }
}

}  // namespace nacre::files
