#pragma once

#include <array>
#include <cstdint>

#include "core/bytes.h"

namespace nacre {

/// Ids as they stand in manifests and packs (docs/image-format.md).
enum class DigestAlgorithm : std::uint8_t { blake3 = 1, sha256 = 2 };

using Digest = std::array<std::byte, 32>;

/// @throws FormatError for an id that this version does not know.
[[nodiscard]] DigestAlgorithm digest_algorithm(std::uint32_t id);

/// Digest of `bytes`. SHA-256 comes from the libcrypto inside the Node binary.
[[nodiscard]] Digest digest_of(DigestAlgorithm algorithm, Bytes bytes);

}  // namespace nacre
