#include "start.h"

#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <optional>
#include <string>
#include <vector>

#include "background.h"
#include "boot_agent.h"
#include "files.h"
#include "modules.h"
#include "node_part.h"
#include "partitions.h"
#include "screen.h"
#include "steps.h"

namespace nacre::init {
namespace {

constexpr std::size_t kMostTextBytes = std::size_t{64} * 1024;
/// A disk that GRUB was read from is there; on USB it takes the kernel some seconds to see it.
constexpr int kDiskSeconds = 20;
/// From the network there need not be a disk with our partitions.
constexpr int kNetworkSeconds = 5;

struct Start {
  std::string command_line = read_start("/proc/cmdline", kMostTextBytes);
  std::vector<Step> steps = parse_steps(read_start("/steps", kMostTextBytes));
  Modules modules = {};
  Places places = {};
  std::optional<BootAgent> agent = std::nullopt;
};

std::vector<std::string> groups_of(const Start& start, const std::string& stage) {
  std::vector<std::string> groups;
  for (const Step& step : start.steps) {
    if (step.stage != stage || step.verb != "load") continue;
    groups.insert(groups.end(), step.words.begin(), step.words.end());
  }
  return groups;
}

void load_stage(Start& start, const std::string& stage) {
  for (const std::string& group : groups_of(start, stage)) {
    const int count = start.modules.load_group(group);
    say("drivers of group " + group + ": " + std::to_string(count));
  }
}

std::string describe(const DecisionBlock& block) {
  return "mode=" + block.mode + " dirty=" + (block.is_dirty ? "1" : "0") +
         " mt=" + std::to_string(block.merlin_tries) + " seq=" + std::to_string(block.sequence) +
         " cmdid=" + block.cmdid + " status=" + block.status;
}

/// Reads what boots. Unreadable blocks are written anew first of all: they could not be counted, so
/// that a machine without this would start Merlin for ever.
void read_decision(Start& start) {
  if (start.places.boot_agent.empty()) {
    say("boot agent partition: none found");
    return;
  }
  try {
    start.agent.emplace(start.places.boot_agent);
    if (!start.agent->block()) {
      say("decision block: cannot be read; written anew");
      start.agent->store(block_for_unreadable());
    }
    say("decision block: " + describe(*start.agent->block()));
  } catch (const Problem& problem) {
    // The repair needs no block: go on, and let Merlin report it.
    say(problem);
  }
}

/// Without a Node part nothing can be repaired from this disk: the next start is the rescue.
/// Returns where there is no block to store that in.
void store_rescue(Start& start, const Problem& problem) {
  const auto block = start.agent ? start.agent->block() : std::nullopt;
  if (!block) return;
  say(problem);
  DecisionBlock rescue = *block;
  rescue.mode = "rescue";
  start.agent->store(rescue);
  say("stored mode=rescue: the next start looks for help on the network");
  std::exit(kExitRestart);
}

/// Leaves word of a machine that is too small: the start was counted, and the last screen shows it.
void store_status(Start& start, const std::string& status) {
  const auto block = start.agent ? start.agent->block() : std::nullopt;
  if (!block) return;
  DecisionBlock told = *block;
  told.status = status;
  start.agent->store(told);
}

std::string fetch_or_rescue(Start& start) {
  try {
    return fetch_node_part(start.places.backup);
  } catch (const LackOfMemory&) {
    throw;
  } catch (const Problem& problem) {
    store_rescue(start, problem);
    throw;
  }
}

/// Opens the Node part and returns where it came from.
std::string open_node_part(Start& start) {
  try {
    std::string origin = fetch_or_rescue(start);
    mount_node_part();
    return origin;
  } catch (const LackOfMemory&) {
    // The disk is not to blame, and the network would not help: the mode stays.
    store_status(start, "failed:MERLIN_MEMORY");
    throw;
  }
}

/// What Merlin may know of this start: NACRE_… variables.
void export_facts(const Start& start, const std::string& origin) {
  setenv("NACRE_BOOT_AGENT", start.places.boot_agent.c_str(), 1);
  setenv("NACRE_BACKUP", start.places.backup.c_str(), 1);
  setenv("NACRE_NODE_PART", origin.c_str(), 1);
  for (const char* name : {"why", "menu", "do", "end", "lang", "server", "pin"}) {
    std::string variable = std::string("NACRE_") + name;
    for (char& letter : variable) letter = static_cast<char>(std::toupper(letter));
    setenv(variable.c_str(), option_of(start.command_line, std::string("nacre.") + name).c_str(),
           1);
  }
  // Whoever has no screen types there.
  setenv("NACRE_SERIAL", kSerialLine, 1);
  setenv("HOME", "/tmp", 1);
  setenv("PATH", "/n/bin", 1);
  setenv("TERM", "linux", 1);
}

/// A process for the drivers that nobody waits for: those of the last stage, and those of devices
/// that are plugged in later.
void serve_modules(Start& start) {
  if (!fork_background()) return;
  // Without a word: the screen is Merlin's now.
  for (const std::string& group : groups_of(start, "late")) start.modules.load_group(group);
  start.modules.serve();
}

[[noreturn]] void become_main(const Start& start) {
  for (const Step& step : start.steps) {
    if (step.verb != "start" || step.words.empty()) continue;
    std::vector<char*> arguments;
    for (const std::string& word : step.words) arguments.push_back(const_cast<char*>(word.c_str()));
    arguments.push_back(nullptr);
    execv(arguments[0], arguments.data());
    throw Problem("cannot start " + step.words[0], reason_of(errno),
                  "Build the boot environment again: nacre boot build.");
  }
  throw Problem("nothing says what to start", "/steps of the initrd has no line with \"start\"",
                "Build the boot environment again: nacre boot build.");
}

void run() {
  Start start;
  load_stage(start, "disk");
  const std::string serial = option_of(start.command_line, "nacre.ba");
  const bool is_network = is_there("/node.img") && serial.empty();
  start.places =
      wait_for_places(serial, is_network ? kNetworkSeconds : kDiskSeconds, start.modules);
  say("boot agent partition: " + start.places.boot_agent +
      ", backup partition: " + start.places.backup);
  read_decision(start);
  load_stage(start, "node");
  const std::string origin = open_node_part(start);
  say("Node part: " + origin);
  export_facts(start, origin);
  serve_modules(start);
  become_main(start);
}

}  // namespace

int start_merlin() noexcept {
  try {
    run();
  } catch (const Problem& problem) {
    say(problem);
  } catch (const std::exception& error) {
    say(std::string("PROBLEM: ") + error.what());
  }
  return kExitShown;
}

}  // namespace nacre::init
