// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "core/bytes.h"
#include "ntfs/content.h"
#include "ntfs/volume_path.h"

namespace nacre::files {

enum class ItemKind : std::uint8_t { file, folder, link, other };

/// A file, folder or link as people see it.
struct Item {
  std::string name;
  ItemKind kind = ItemKind::other;
  std::uint64_t size_bytes = 0;
  /// Unix time, UTC.
  std::int64_t modified_seconds = 0;
  /// Only ext has these: owner, group and permission bits.
  std::uint32_t owner = 0;
  std::uint32_t group = 0;
  std::uint32_t mode = 0;
};

/// Owner, group and permission bits (07777) of an ext file.
struct Ownership {
  std::uint32_t owner = 0;
  std::uint32_t group = 0;
  std::uint32_t mode = 0;
};

/// The files of a volume of any kind, by a library that works on a BlockStore. Links are never
/// followed. After an exception from a change the volume must not be finished.
///
/// All methods @throw CodedError VOLUME_…, FormatError, and what the store throws.
class FileVolume {
 public:
  FileVolume() = default;
  FileVolume(const FileVolume&) = delete;
  FileVolume& operator=(const FileVolume&) = delete;
  FileVolume(FileVolume&&) = delete;
  FileVolume& operator=(FileVolume&&) = delete;
  virtual ~FileVolume() = default;

  /// Makes a folder and those above it; nothing to do when it is there.
  virtual void make_folder(const VolumePath& path) = 0;
  /// Makes a file or replaces its content; what else it has (owner, security) stays. With `stream`
  /// it is the alternate data stream of that name, of a file or folder that is there.
  virtual void write_file(const VolumePath& path, const std::string& stream,
                          const Content& content) = 0;
  /// A self-relative security descriptor (MS-DTYP section 2.4.6).
  virtual void set_security(const VolumePath& path, Bytes descriptor) = 0;
  virtual void set_owner(const VolumePath& path, const Ownership& ownership) = 0;
  /// Makes a symbolic link, in place of a file or link of that name.
  virtual void make_link(const VolumePath& path, const std::string& target) = 0;
  /// Removes a file, a link or an empty folder; nothing to do when it is not there.
  virtual void remove(const VolumePath& path) = 0;

  virtual void list(const VolumePath& path, const std::function<void(const Item&)>& visit) = 0;
  [[nodiscard]] virtual Item stat(const VolumePath& path) = 0;
  /// At most `length` bytes from `offset` on; of a link its target.
  virtual void read(const VolumePath& path, const std::string& stream, std::uint64_t offset,
                    std::uint64_t length, const std::function<void(Bytes)>& visit) = 0;

  /// Writes everything into the store; no method may be called afterwards.
  virtual void finish() = 0;
};

}  // namespace nacre::files
