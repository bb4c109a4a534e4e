#pragma once

#include <cstdint>
#include <exception>
#include <string>
#include <string_view>
#include <utility>

namespace nacre::init {

/// What cannot go on, why, and what a person can do.
class Problem : public std::exception {
 public:
  Problem(std::string what, std::string why, std::string hint)
      : what_(std::move(what)), why_(std::move(why)), hint_(std::move(hint)) {}

  [[nodiscard]] const char* what() const noexcept override { return what_.c_str(); }
  [[nodiscard]] const std::string& why() const noexcept { return why_; }
  [[nodiscard]] const std::string& hint() const noexcept { return hint_; }

 private:
  std::string what_;
  std::string why_;
  std::string hint_;
};

/// The machine has less memory than Merlin needs. Nothing on its disk is wrong, and no other start
/// of Merlin would need less.
class LackOfMemory : public Problem {
 public:
  LackOfMemory(std::uint64_t needed_bytes, std::uint64_t free_bytes)
      : Problem("this machine has too little memory for Merlin",
                "it needs " + std::to_string(needed_bytes >> 20U) +
                    " MiB of free memory, there are " + std::to_string(free_bytes >> 20U),
                "Give the machine more memory: Merlin runs in 192 MiB, under UEFI in 512 MiB.") {}
};

/// The text of an errno value.
[[nodiscard]] std::string reason_of(int error_number);

}  // namespace nacre::init
