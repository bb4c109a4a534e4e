// SPDX-License-Identifier: GPL-2.0-or-later
#include "ntfs/protocol.h"

#include <span>
#include <type_traits>

namespace nacre::files {
namespace {

constexpr const char* where = "request";

/// Takes fields from the front of a frame.
class FieldReader {
 public:
  explicit FieldReader(Bytes bytes) : rest_(bytes) {}

  template <std::unsigned_integral T>
  T number() {
    const T value = little_endian<T>(rest_, 0, where);
    rest_ = rest_.subspan(sizeof(T));
    return value;
  }
  std::vector<std::byte> bytes() {
    const Bytes part = take();
    return {part.begin(), part.end()};
  }
  std::string text() {
    const Bytes part = take();
    return {reinterpret_cast<const char*>(part.data()), part.size()};
  }
  Place place() {
    Place place;
    place.path = text();
    place.offset = number<std::uint64_t>();
    place.size = number<std::uint64_t>();
    return place;
  }
  void end() const {
    if (!rest_.empty()) throw FormatError("request: bytes behind its end");
  }

 private:
  Bytes take() {
    const auto length = number<std::uint32_t>();
    const Bytes part = slice(rest_, 0, length, where);
    rest_ = rest_.subspan(length);
    return part;
  }

  Bytes rest_;
};

Access parse_access(std::uint8_t value) {
  if (value > static_cast<std::uint8_t>(Access::write_unprotected)) {
    throw FormatError("request: access");
  }
  return static_cast<Access>(value);
}

// In the order of the wire: members of braces are evaluated from left to right.
OpenRequest parse_open(FieldReader& fields) {
  return {.access = parse_access(fields.number<std::uint8_t>()),
          .sector_size = fields.number<std::uint32_t>(),
          .window = fields.place(),
          .journal = fields.place()};
}

OwnerRequest parse_owner(FieldReader& fields) {
  return {.path = fields.text(),
          .ownership = {.owner = fields.number<std::uint32_t>(),
                        .group = fields.number<std::uint32_t>(),
                        .mode = fields.number<std::uint32_t>()}};
}

Request parse_fields(std::uint8_t kind, FieldReader& fields) {
  switch (kind) {
    case 1:
      return parse_open(fields);
    case 2:
      return ReplayRequest{.window = fields.place(), .journal = fields.place()};
    case 3:
      return ForgetRequest{.journal = fields.place()};
    case 16:
      return MakeFolderRequest{.path = fields.text()};
    case 17:
      return WriteRequest{.path = fields.text(), .stream = fields.text(), .bytes = fields.bytes()};
    case 18:
      return CopyRequest{.path = fields.text(), .stream = fields.text(), .source = fields.place()};
    case 19:
      return SecurityRequest{.path = fields.text(), .descriptor = fields.bytes()};
    case 20:
      return parse_owner(fields);
    case 21:
      return LinkRequest{.path = fields.text(), .target = fields.text()};
    case 22:
      return RemoveRequest{.path = fields.text()};
    case 32:
      return ListRequest{.path = fields.text()};
    case 33:
      return StatRequest{.path = fields.text()};
    case 34:
      return ReadRequest{.path = fields.text(),
                         .stream = fields.text(),
                         .offset = fields.number<std::uint64_t>(),
                         .length = fields.number<std::uint64_t>()};
    case 48:
      return CommitRequest{};
    case 64:
      return TreeRequest{.sector_size = fields.number<std::uint32_t>(),
                         .size = fields.number<std::uint64_t>(),
                         .most_entries = fields.number<std::uint32_t>(),
                         .most_depth = fields.number<std::uint32_t>()};
    case 65:
      return SupplyRequest{.bytes = fields.bytes()};
    default:
      throw FormatError("request: kind");
  }
}

/// Puts fields together; `frame` adds the length.
class FieldWriter {
 public:
  explicit FieldWriter(std::uint8_t kind) : bytes_(4) { number(kind); }

  template <std::unsigned_integral T>
  void number(T value) {
    bytes_.resize(bytes_.size() + sizeof(T));
    put_little_endian(bytes_, bytes_.size() - sizeof(T), value);
  }
  void bytes(Bytes part) {
    number(static_cast<std::uint32_t>(part.size()));
    bytes_.insert(bytes_.end(), part.begin(), part.end());
  }
  void text(const std::string& text) { bytes(std::as_bytes(std::span(text))); }
  std::vector<std::byte> frame() {
    put_little_endian(bytes_, 0, static_cast<std::uint32_t>(bytes_.size() - 4));
    return std::move(bytes_);
  }

 private:
  std::vector<std::byte> bytes_;
};

enum AnswerKind : std::uint8_t {
  answer_done,
  answer_error,
  answer_item,
  answer_bytes,
  answer_need
};

}  // namespace

Request parse_request(Bytes frame) {
  FieldReader fields(frame);
  const auto kind = fields.number<std::uint8_t>();
  Request request = parse_fields(kind, fields);
  fields.end();
  return request;
}

std::vector<std::byte> done_frame(std::uint64_t count) {
  FieldWriter fields(answer_done);
  fields.number(count);
  return fields.frame();
}

std::vector<std::byte> error_frame(const std::string& code, const std::vector<Fact>& facts) {
  FieldWriter fields(answer_error);
  fields.text(code);
  fields.number(static_cast<std::uint8_t>(facts.size()));
  for (const Fact& fact : facts) {
    fields.text(fact.name);
    fields.number(static_cast<std::uint8_t>(fact.value.index()));
    if (const auto* text = std::get_if<std::string>(&fact.value)) {
      fields.text(*text);
    } else {
      fields.number(std::get<std::uint64_t>(fact.value));
    }
  }
  return fields.frame();
}

std::vector<std::byte> item_frame(const Item& item) {
  FieldWriter fields(answer_item);
  fields.text(item.name);
  fields.number(static_cast<std::uint8_t>(item.kind));
  fields.number(item.size_bytes);
  fields.number(static_cast<std::uint64_t>(item.modified_seconds));
  fields.number(item.owner);
  fields.number(item.group);
  fields.number(item.mode);
  return fields.frame();
}

std::vector<std::byte> need_frame(std::uint64_t offset, std::uint32_t length) {
  FieldWriter fields(answer_need);
  fields.number(offset);
  fields.number(length);
  return fields.frame();
}

std::vector<std::byte> bytes_frame(Bytes bytes) {
  FieldWriter fields(answer_bytes);
  fields.bytes(bytes);
  return fields.frame();
}

}  // namespace nacre::files
