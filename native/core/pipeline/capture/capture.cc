#include "core/pipeline/capture/capture.h"

#include <cstring>
#include <memory>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include "core/pipeline/capture/capture_plan.h"
#include "core/pipeline/capture/chunk_selector.h"
#include "core/pipeline/capture/pack_writer.h"
#include "core/pipeline/capture/sequencer.h"
#include "core/pipeline/capture/source_reader.h"
#include "core/pipeline/pack/frame_codec.h"

namespace nacre::pipeline {
namespace {

std::uint64_t used_chunks(const CaptureRequest& request) {
  std::uint64_t count = 0;
  for (const CapturePartition& partition : request.partitions) {
    count += partition.map.used_chunks();
  }
  return count;
}

void check_request(const CaptureRequest& request) {
  const std::uint64_t device_size = request.device->size();
  for (const CapturePartition& partition : request.partitions) {
    if (partition.offset > device_size || partition.map.size() > device_size - partition.offset) {
      throw FormatError("partition outside the device");
    }
  }
  if (request.known_digests.size() % digest_size != 0) throw FormatError("known digests");
}

// The frames as records of a pack index.
std::vector<std::byte> records_of(std::span<const FrameRecord> frames) {
  std::vector<std::byte> records(frames.size() * frame_record_size);
  MutableBytes rest(records);
  for (const FrameRecord& frame : frames) {
    serialize_frame_record(frame, rest.first(frame_record_size));
    rest = rest.subspan(frame_record_size);
  }
  return records;
}

/// What the threads of one capture share.
struct Shared {
  const CaptureRequest& request;
  Control& control;
  CapturePlan plan;
  Sequencer selecting;
  ChunkSelector selector;
  Sequencer placing;
  /// Without a sink.
  std::optional<PackWriter> writer;

  Shared(const CaptureRequest& the_request, Control& the_control, std::uint64_t chunks)
      : request(the_request),
        control(the_control),
        plan(*request.device, request.partitions),
        selecting(control.token()),
        selector(request, chunks),
        placing(control.token()) {
    if (request.sink) return;
    writer.emplace(request.pack_directory, request.pack_limit,
                   chunks / frame_cap + request.partitions.size() + 1);
  }
};

/// One thread's buffers, and the way of a job through them.
class Worker {
 public:
  explicit Worker(Shared& shared)
      : shared_(shared),
        encoder_(shared.request.level, shared.request.algorithm),
        reader_(*shared.request.device, shared.request.skip_bad) {}

  void run() {
    CaptureJob job;
    while (!shared_.control.is_stopped() && shared_.plan.next(job)) {
      const CapturePartition& partition = shared_.request.partitions[job.partition];
      const std::uint64_t bytes = load(job, partition);
      if (!shared_.selecting.enter(job.number)) return;
      const std::uint64_t skipped = shared_.selector.select(job, loaded_, groups_);
      shared_.selecting.leave();
      if (!store(job.number)) return;
      shared_.control.add_done(bytes + skipped);
    }
  }

 private:
  std::uint64_t load(CaptureJob& job, const CapturePartition& partition) {
    loaded_.gaps.clear();
    if (job.count == 0) return 0;
    const PartitionWindow window{.offset = partition.offset, .size = partition.map.size()};
    std::uint64_t bytes = 0;
    for (const Place& place : job.used()) bytes += used_bytes(window.size, place);
    const MutableBytes chunks = loaded_.chunks();
    loaded_.gaps = reader_.read(job.partition, window, {job.places.data(), job.count}, chunks);
    for (std::size_t slot = 0; slot < job.count; slot++) {
      const Bytes chunk = chunks.subspan(slot * chunk_size, chunk_size);
      loaded_.is_zero[slot] = is_zero(chunk);
      if (!loaded_.is_zero[slot]) {
        loaded_.digests[slot] = digest_of(shared_.request.algorithm, chunk);
      }
    }
    return bytes;
  }

  // Compresses the groups; then their frames go out in order.
  bool store(std::uint64_t number) {
    std::vector<FrameRecord> frames;
    std::size_t length = 0;
    for (const ChunkGroup& group : groups_) {
      frames.push_back(
          encoder_.encode(group.gather(gathered_.bytes()), stored_.bytes().subspan(length)));
      length += frames.back().stored_length;
    }
    const Bytes stored = stored_.bytes().first(length);
    return shared_.request.sink ? hand(number, frames, stored) : write(number, frames, stored);
  }

  // Takes places in a pack in order, and writes.
  bool write(std::uint64_t number, std::span<const FrameRecord> frames, Bytes stored) {
    if (!shared_.placing.enter(number)) return false;
    const std::vector<PackWrite> writes = shared_.writer->place(frames);
    shared_.placing.leave();
    for (const PackWrite& write : writes) {
      write.file->write(write.offset, stored.first(write.length));
      stored = stored.subspan(write.length);
      shared_.control.add_written(write.length);
    }
    return true;
  }

  // Hands over in order, and waits beside the other threads.
  bool hand(std::uint64_t number, std::span<const FrameRecord> frames, Bytes stored) {
    const std::vector<std::byte> records = records_of(frames);
    std::vector<std::byte> digests;
    digests.reserve(groups_.size() * frame_cap * digest_size);
    for (const ChunkGroup& group : groups_) {
      for (const Digest& digest : group.digests) {
        digests.insert(digests.end(), digest.begin(), digest.end());
      }
    }
    if (!shared_.placing.enter(number)) return false;
    std::unique_ptr<FrameSink::Pending> pending;
    if (!frames.empty()) {
      pending =
          shared_.request.sink->hand({.frames = records, .digests = digests, .stored = stored});
    }
    shared_.placing.leave();
    if (pending) pending->wait();
    shared_.control.add_written(stored.size());
    return true;
  }

  Shared& shared_;
  FrameEncoder encoder_;
  SourceReader reader_;
  LoadedJob loaded_;
  std::vector<ChunkGroup> groups_;
  ZeroPages gathered_{frame_cap * chunk_size};
  ZeroPages stored_ = ZeroPages::for_transfer((frame_cap + job_chunks) * chunk_size);
};

// The chunks that were left over after the last whole frame.
void store_rest(Shared& shared) {
  const Bytes rest = shared.selector.rest();
  if (rest.empty()) return;
  FrameEncoder encoder(shared.request.level, shared.request.algorithm);
  std::vector<std::byte> stored(rest.size());
  const FrameRecord frame = encoder.encode(rest, stored);
  if (shared.request.sink) {
    std::vector<std::byte> digests;
    for (const Digest& digest : shared.selector.rest_digests()) {
      digests.insert(digests.end(), digest.begin(), digest.end());
    }
    const std::vector<std::byte> records = records_of({&frame, 1});
    const Bytes bytes = Bytes(stored).first(frame.stored_length);
    shared.request.sink->hand({.frames = records, .digests = digests, .stored = bytes})->wait();
    shared.control.add_written(bytes.size());
    return;
  }
  for (const PackWrite& write : shared.writer->place({&frame, 1})) {
    write.file->write(write.offset, Bytes(stored).first(write.length));
    shared.control.add_written(write.length);
  }
}

}  // namespace

CaptureResult capture(const CaptureRequest& request, Control& control) {
  check_request(request);
  std::uint64_t total = 0;
  for (const CapturePartition& partition : request.partitions) total += partition.map.used_bytes();
  control.set_total(total);
  Shared shared(request, control, used_chunks(request));
  run_workers(control, thread_count(request.threads, 2), [&shared] { Worker(shared).run(); });
  store_rest(shared);
  CaptureResult result = shared.selector.finish();
  if (!shared.writer) return result;
  result.packs = shared.writer->finish(result.new_digests->bytes());
  result.frame_records = shared.writer->frame_records();
  return result;
}

}  // namespace nacre::pipeline
