// SPDX-License-Identifier: GPL-2.0-or-later
#include "ntfs/ntfs_name.h"

#include <memory>
#include <span>

#include "core/bytes.h"
#include "core/file_system/metadata_reader.h"

namespace nacre::files {
namespace {

constexpr int most_units = 255;

CodedError invalid(const std::string& name, const char* reason) {
  return CodedError("VOLUME_NAME_INVALID", {{"name", name}, {"reason", reason}});
}

}  // namespace

NtfsName ntfs_name(const std::string& utf8) {
  ntfschar* units = nullptr;
  const int length = ntfs_mbstoucs(utf8.c_str(), &units);
  const std::unique_ptr<ntfschar, void (*)(void*)> owner(units, std::free);
  if (length < 0) throw invalid(utf8, "it is not UTF-8");
  if (length > most_units) throw invalid(utf8, "it has more than 255 UTF-16 units");
  return {units, static_cast<std::size_t>(length)};
}

NtfsName new_ntfs_name(ntfs_volume* volume, const std::string& utf8) {
  NtfsName name = ntfs_name(utf8);
  if (ntfs_forbidden_names(volume, name.data(), static_cast<int>(name.size()), TRUE)) {
    throw invalid(utf8, "Windows does not take it");
  }
  return name;
}

std::string utf8_name(const ntfschar* name, int length) {
  return utf8_of_utf16(std::as_bytes(std::span(name, static_cast<std::size_t>(length))));
}

}  // namespace nacre::files
