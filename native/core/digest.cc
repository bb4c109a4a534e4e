#include "core/digest.h"

#include <openssl/evp.h>

#include <stdexcept>

extern "C" {
#include "blake3.h"
}

namespace nacre {
namespace {

static_assert(BLAKE3_OUT_LEN == std::tuple_size_v<Digest>);

Digest blake3_of(Bytes bytes) {
  blake3_hasher hasher;
  blake3_hasher_init(&hasher);
  blake3_hasher_update(&hasher, bytes.data(), bytes.size());
  Digest digest;
  blake3_hasher_finalize(&hasher, reinterpret_cast<std::uint8_t*>(digest.data()), digest.size());
  return digest;
}

Digest sha256_of(Bytes bytes) {
  Digest digest;
  if (EVP_Digest(bytes.data(), bytes.size(), reinterpret_cast<unsigned char*>(digest.data()),
                 nullptr, EVP_sha256(), nullptr) != 1) {
    throw std::runtime_error("EVP_Digest failed");
  }
  return digest;
}

}  // namespace

DigestAlgorithm digest_algorithm(std::uint32_t id) {
  if (id == static_cast<std::uint32_t>(DigestAlgorithm::blake3)) return DigestAlgorithm::blake3;
  if (id == static_cast<std::uint32_t>(DigestAlgorithm::sha256)) return DigestAlgorithm::sha256;
  throw FormatError("digest algorithm id");
}

Digest digest_of(DigestAlgorithm algorithm, Bytes bytes) {
  return algorithm == DigestAlgorithm::blake3 ? blake3_of(bytes) : sha256_of(bytes);
}

}  // namespace nacre
