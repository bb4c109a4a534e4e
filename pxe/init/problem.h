#pragma once

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

/// The text of an errno value.
[[nodiscard]] std::string reason_of(int error_number);

}  // namespace nacre::init
