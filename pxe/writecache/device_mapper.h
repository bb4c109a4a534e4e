#pragma once

#include <cstdint>
#include <string>

namespace nacre::write_cache {

/// Makes a mapped device of one target and starts it. `parameters` are those of the target, as
/// dmsetup takes them. @returns its node, such as `/dev/dm-0`. @throws OsError
[[nodiscard]] std::string make_mapped(const std::string& name, std::uint64_t sectors,
                                      const std::string& target, const std::string& parameters);

/// Takes a mapped device away; nothing happens when there is none of that name.
void remove_mapped(const std::string& name) noexcept;

}  // namespace nacre::write_cache
