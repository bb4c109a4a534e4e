#include "decision_block.h"

#include <algorithm>
#include <cctype>
#include <charconv>

namespace nacre::init {
namespace {

constexpr std::string_view kHeader = "# GRUB Environment Block\n";
constexpr std::uint32_t kLastSequence = 999'999'999;
constexpr std::uint32_t kMostTries = 3;
constexpr std::size_t kMostWordBytes = 64;

/// The value of the last line `KEY=…` before the padding, as GRUB's load_env reads it.
std::optional<std::string_view> value_of(std::string_view text, std::string_view key) {
  std::optional<std::string_view> found;
  while (!text.empty() && text.front() != '#') {
    const std::string_view line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(text.size(), line.size() + 1));
    if (line.size() > key.size() && line.starts_with(key) && line[key.size()] == '=') {
      found = line.substr(key.size() + 1);
    }
  }
  return found;
}

std::optional<std::uint32_t> number_of(std::string_view text, std::uint32_t last) {
  std::uint32_t number = 0;
  const char* end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, number);
  const bool has_zero_in_front = text.size() > 1 && text.front() == '0';
  if (error != std::errc{} || stop != end || has_zero_in_front || number > last)
    return std::nullopt;
  return number;
}

bool is_word(std::string_view text) {
  return text.size() <= kMostWordBytes && std::ranges::all_of(text, [](unsigned char character) {
           return std::isalnum(character) != 0 ||
                  std::string_view("._:-").find(static_cast<char>(character)) !=
                      std::string_view::npos;
         });
}

}  // namespace

std::optional<DecisionBlock> parse_block(std::string_view bytes) {
  if (bytes.size() < kBlockBytes || !bytes.starts_with(kHeader)) return std::nullopt;
  const std::string_view text = bytes.substr(kHeader.size(), kBlockBytes - kHeader.size());
  const auto value = [text](std::string_view key) { return value_of(text, key).value_or(""); };
  const auto sequence = number_of(value("seq"), kLastSequence);
  const auto dirty = number_of(value("dirty"), 1);
  const auto os_tries = number_of(value("ot"), kMostTries);
  const auto merlin_tries = number_of(value("mt"), kMostTries);
  const std::string_view mode = value("mode");
  const bool is_mode = mode == "os" || mode == "merlin" || mode == "rescue";
  const bool has_numbers = sequence && dirty && merlin_tries && (os_tries || value("ot").empty());
  const bool has_words = is_word(value("cmdid")) && is_word(value("status"));
  if (value("end") != "1" || !is_mode || !has_numbers || !has_words) return std::nullopt;
  DecisionBlock block{.sequence = *sequence,
                      .mode = std::string(mode),
                      .is_dirty = *dirty == 1,
                      .merlin_tries = static_cast<int>(*merlin_tries),
                      .cmdid = std::string(value("cmdid")),
                      .status = std::string(value("status"))};
  if (os_tries) block.os_tries = static_cast<int>(*os_tries);
  return block;
}

std::array<char, kBlockBytes> serialize_block(const DecisionBlock& block) {
  std::string text(kHeader);
  const auto line = [&text](std::string_view key, std::string_view value) {
    text.append(key).append("=").append(value).append("\n");
  };
  line("seq", std::to_string(block.sequence));
  line("mode", block.mode);
  line("dirty", block.is_dirty ? "1" : "0");
  line("ot", block.os_tries ? std::to_string(*block.os_tries) : "");
  line("mt", std::to_string(block.merlin_tries));
  line("cmdid", block.cmdid);
  line("status", block.status);
  line("end", "1");
  std::array<char, kBlockBytes> bytes{};
  bytes.fill('#');
  std::copy_n(text.begin(), std::min(text.size(), bytes.size()), bytes.begin());
  return bytes;
}

std::uint32_t next_sequence(std::uint32_t sequence) {
  return sequence >= kLastSequence ? 1 : sequence + 1;
}

}  // namespace nacre::init
