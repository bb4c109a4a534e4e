// SPDX-License-Identifier: GPL-2.0-or-later
#include "ntfs/ext_channel.h"

#include <cstdint>
#include <memory>

namespace nacre::files {
namespace {

StoreBridge* opening = nullptr;

/// Private data of a channel; `app_data` is the library's.
struct Channel {
  struct_io_channel io{};
  StoreBridge* bridge = nullptr;
  char name[8] = "window";
};

StoreBridge& bridge_of(io_channel channel) {
  return *static_cast<Channel*>(channel->private_data)->bridge;
}

errcode_t open_channel(const char* /*name*/, int flags, io_channel* answer);

errcode_t close_channel(io_channel channel) {
  if (--channel->refcount > 0) return 0;
  const std::unique_ptr<Channel> owner(static_cast<Channel*>(channel->private_data));
  return 0;
}

errcode_t set_block_size(io_channel channel, int block_size) {
  channel->block_size = block_size;
  return 0;
}

/// Bytes of a request: a negative count is bytes already. 0 when the numbers cannot be.
struct Range {
  std::uint64_t offset;
  std::size_t length;
};

bool range_of(io_channel channel, std::uint64_t block, int count, Range& range) {
  const auto size = static_cast<std::uint64_t>(channel->block_size);
  range.length = count < 0 ? static_cast<std::size_t>(-static_cast<std::int64_t>(count))
                           : static_cast<std::size_t>(count) * size;
  return !__builtin_mul_overflow(block, size, &range.offset);
}

errcode_t read_blocks(io_channel channel, unsigned long long block, int count, void* data) {
  Range range{};
  if (!range_of(channel, block, count, range)) return EXT2_ET_SHORT_READ;
  const MutableBytes target(static_cast<std::byte*>(data), range.length);
  return bridge_of(channel).read(range.offset, target) ? 0 : EXT2_ET_SHORT_READ;
}

errcode_t write_blocks(io_channel channel, unsigned long long block, int count, const void* data) {
  Range range{};
  if (!range_of(channel, block, count, range)) return EXT2_ET_SHORT_WRITE;
  const Bytes source(static_cast<const std::byte*>(data), range.length);
  return bridge_of(channel).write(range.offset, source) ? 0 : EXT2_ET_SHORT_WRITE;
}

errcode_t read_few_blocks(io_channel channel, unsigned long block, int count, void* data) {
  return read_blocks(channel, block, count, data);
}

errcode_t write_few_blocks(io_channel channel, unsigned long block, int count, const void* data) {
  return write_blocks(channel, block, count, data);
}

errcode_t write_bytes(io_channel channel, unsigned long offset, int count, const void* data) {
  if (count < 0) return EXT2_ET_INVALID_ARGUMENT;
  const Bytes source(static_cast<const std::byte*>(data), static_cast<std::size_t>(count));
  return bridge_of(channel).write(offset, source) ? 0 : EXT2_ET_SHORT_WRITE;
}

// Nothing is on the medium before the commit.
errcode_t flush_channel(io_channel /*channel*/) { return 0; }

io_manager manager() {
  static struct_io_manager operations = [] {
    struct_io_manager table{};
    table.magic = EXT2_ET_MAGIC_IO_MANAGER;
    table.name = "nacre";
    table.open = open_channel;
    table.close = close_channel;
    table.set_blksize = set_block_size;
    table.read_blk = read_few_blocks;
    table.write_blk = write_few_blocks;
    table.flush = flush_channel;
    table.write_byte = write_bytes;
    table.read_blk64 = read_blocks;
    table.write_blk64 = write_blocks;
    return table;
  }();
  return &operations;
}

errcode_t open_channel(const char* /*name*/, int /*flags*/, io_channel* answer) {
  auto channel = std::make_unique<Channel>();
  channel->io.magic = EXT2_ET_MAGIC_IO_CHANNEL;
  channel->io.manager = manager();
  channel->io.name = channel->name;
  channel->io.block_size = 1024;
  channel->io.refcount = 1;
  channel->io.private_data = channel.get();
  channel->bridge = opening;
  *answer = &channel.release()->io;
  return 0;
}

}  // namespace

io_manager ext_store_manager(StoreBridge& bridge) {
  opening = &bridge;
  return manager();
}

}  // namespace nacre::files
