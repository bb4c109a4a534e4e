// A request to nacre-files: it is read whole, or refused by FormatError.
#include <variant>

#include "core/error.h"
#include "ntfs/protocol.h"
#include "ntfs/volume_path.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace nacre;
  try {
    const auto request =
        files::parse_request(Bytes(reinterpret_cast<const std::byte*>(data), size));
    if (const auto* list = std::get_if<files::ListRequest>(&request)) {
      static_cast<void>(files::parse_path(list->path));
    }
  } catch (const FormatError&) {
    // The right answer to bytes that are no request.
  } catch (const CodedError&) {
    // A path that cannot be.
  }
  return 0;
}
