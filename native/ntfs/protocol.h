// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "core/bytes.h"
#include "core/error.h"
#include "ntfs/file_volume.h"

namespace nacre::files {

// Requests and answers of nacre-files, as src/codec/volume-protocol.ts has them. Everything is
// little-endian. A frame is its length (u32, without itself), a kind (u8) and fields: numbers, and
// texts and bytes with their length (u32) before them.

/// A frame with one MiB of content and a path.
constexpr std::uint32_t most_frame_bytes = (1U << 20U) + (1U << 16U);

/// Part of a disk or file.
struct Place {
  std::string path;
  std::uint64_t offset = 0;
  std::uint64_t size = 0;
};

enum class Access : std::uint8_t {
  read,
  /// With a journal.
  write,
  /// Without: who asks for this makes the volume anew after a cut.
  write_unprotected,
};

struct OpenRequest {
  Access access = Access::read;
  std::uint32_t sector_size = 512;
  Place window;
  Place journal;
};
struct ReplayRequest {
  Place window;
  Place journal;
};
struct ForgetRequest {
  Place journal;
};
struct MakeFolderRequest {
  std::string path;
};
struct WriteRequest {
  std::string path;
  std::string stream;
  std::vector<std::byte> bytes;
};
struct CopyRequest {
  std::string path;
  std::string stream;
  Place source;
};
struct SecurityRequest {
  std::string path;
  std::vector<std::byte> descriptor;
};
struct OwnerRequest {
  std::string path;
  Ownership ownership;
};
struct LinkRequest {
  std::string path;
  std::string target;
};
struct RemoveRequest {
  std::string path;
};
struct ListRequest {
  std::string path;
};
struct StatRequest {
  std::string path;
};
struct ReadRequest {
  std::string path;
  std::string stream;
  std::uint64_t offset = 0;
  std::uint64_t length = 0;
};
struct CommitRequest {};
/// All files of a volume of `size` bytes that the asker has: its bytes are asked for by `need`
/// frames, each answered by a supply, until `done` comes.
struct TreeRequest {
  std::uint32_t sector_size = 512;
  std::uint64_t size = 0;
  std::uint32_t most_entries = 0;
  std::uint32_t most_depth = 0;
};
struct SupplyRequest {
  std::vector<std::byte> bytes;
};

using Request =
    std::variant<OpenRequest, ReplayRequest, ForgetRequest, MakeFolderRequest, WriteRequest,
                 CopyRequest, SecurityRequest, OwnerRequest, LinkRequest, RemoveRequest,
                 ListRequest, StatRequest, ReadRequest, CommitRequest, TreeRequest, SupplyRequest>;

/// One frame without its length. @throws FormatError for anything but one whole request.
[[nodiscard]] Request parse_request(Bytes frame);

/// The last frame of an answer; `count` is what the request counts (blocks).
[[nodiscard]] std::vector<std::byte> done_frame(std::uint64_t count);
[[nodiscard]] std::vector<std::byte> error_frame(const std::string& code,
                                                 const std::vector<Fact>& facts);
[[nodiscard]] std::vector<std::byte> item_frame(const Item& item);
[[nodiscard]] std::vector<std::byte> bytes_frame(Bytes bytes);
/// Asks for bytes of the volume; the next request has to be their supply.
[[nodiscard]] std::vector<std::byte> need_frame(std::uint64_t offset, std::uint32_t length);

}  // namespace nacre::files
