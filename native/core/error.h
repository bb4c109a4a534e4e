#pragma once

#include <cstdint>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace nacre {

/// One value behind an error: text, or a number that fits a file or disk size.
struct Fact {
  std::string name;
  std::variant<std::string, std::uint64_t> value;
};

/// A failed system call. Reaches JavaScript as an Error with `code errno syscall path`.
class OsError : public std::runtime_error {
 public:
  OsError(int error_number, std::string_view syscall, std::string path);

  [[nodiscard]] int error_number() const noexcept { return error_number_; }
  [[nodiscard]] const std::string& syscall() const noexcept { return syscall_; }
  [[nodiscard]] const std::string& path() const noexcept { return path_; }

 private:
  int error_number_;
  std::string syscall_;
  std::string path_;
};

/// A refusal or failure with a code of `src/errors.ts`; the message is composed there from the
/// facts.
class CodedError : public std::runtime_error {
 public:
  CodedError(std::string code, std::vector<Fact> facts)
      : std::runtime_error(code), code_(std::move(code)), facts_(std::move(facts)) {}

  [[nodiscard]] const std::string& code() const noexcept { return code_; }
  [[nodiscard]] const std::vector<Fact>& facts() const noexcept { return facts_; }

 private:
  std::string code_;
  std::vector<Fact> facts_;
};

/// Bytes from a disk or a store that cannot be what they claim. `where` names structure and field.
class FormatError : public std::runtime_error {
 public:
  explicit FormatError(const std::string& where) : std::runtime_error(where) {}
};

}  // namespace nacre
