#include "core/error.h"

#include <cstring>

namespace nacre {

OsError::OsError(int error_number, std::string_view syscall, std::string path)
    : std::runtime_error(std::string(syscall) + " " + path + ": " + std::strerror(error_number)),
      error_number_(error_number),
      syscall_(syscall),
      path_(std::move(path)) {}

}  // namespace nacre
