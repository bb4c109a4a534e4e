#include "steps.h"

#include <algorithm>

namespace nacre::init {

std::vector<std::string> words_of(std::string_view text) {
  constexpr std::string_view kBlanks = " \t\n";
  std::vector<std::string> words;
  while (true) {
    const std::size_t start = text.find_first_not_of(kBlanks);
    if (start == std::string_view::npos) return words;
    text.remove_prefix(start);
    const std::size_t length = std::min(text.size(), text.find_first_of(kBlanks));
    words.emplace_back(text.substr(0, length));
    text.remove_prefix(length);
  }
}

std::vector<Step> parse_steps(std::string_view text) {
  std::vector<Step> steps;
  while (!text.empty()) {
    const std::string_view line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(text.size(), line.size() + 1));
    std::vector<std::string> words = words_of(line);
    if (words.size() < 2 || words[0].starts_with('#')) continue;
    Step step{.stage = words[0], .verb = words[1], .words = {}};
    step.words.assign(words.begin() + 2, words.end());
    steps.push_back(std::move(step));
  }
  return steps;
}

std::string option_of(std::string_view command_line, std::string_view name) {
  std::string value;
  for (const std::string& word : words_of(command_line)) {
    if (word.size() > name.size() && word.starts_with(name) && word[name.size()] == '=') {
      value = word.substr(name.size() + 1);
    }
  }
  return value;
}

}  // namespace nacre::init
