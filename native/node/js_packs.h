#pragma once

#include <napi.h>

#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <vector>

#include "core/bytes.h"
#include "core/pipeline/pack/pack_reader.h"

namespace nacre::glue {

/// The packs of one operation that JavaScript reads. Threads of the operation block until the
/// promise of their read has settled; all of them are woken when the operation stops, whoever
/// stopped it. What JavaScript still writes after that goes into buffers that it owns.
class JsPacks final {
 public:
  explicit JsPacks(Napi::Env env);
  JsPacks(const JsPacks&) = delete;
  JsPacks& operator=(const JsPacks&) = delete;
  JsPacks(JsPacks&&) = delete;
  JsPacks& operator=(JsPacks&&) = delete;
  ~JsPacks();

  /// A pack of `size` bytes behind the function `read(offset, target, attempt)` of native.ts.
  /// `packs` is the owner.
  static std::shared_ptr<const pipeline::PackReader> add(const std::shared_ptr<JsPacks>& packs,
                                                         const Napi::Function& read,
                                                         std::uint64_t size);

  /// Fills `target`, of at most `piece_size` bytes. @throws CodedError with code and facts of a
  /// NacreError, std::runtime_error for another rejection, Cancelled
  [[nodiscard]] bool read(std::uint32_t pack, std::uint64_t offset, MutableBytes target,
                          unsigned attempt);

  /// Wakes every thread that waits; no read begins any more.
  void stop();
  /// After the last read: lets go of JavaScript.
  void close();

  static constexpr std::size_t piece_size = std::size_t{1} << 20U;

 private:
  struct Request;
  struct Shared;
  struct JsSide;
  static void call(Napi::Env env, Napi::Function unused, JsSide* side,
                   std::shared_ptr<Request>* owner);
  using Calls = Napi::TypedThreadSafeFunction<JsSide, std::shared_ptr<Request>, call>;

  void send(const std::shared_ptr<Request>& request);

  std::shared_ptr<Shared> shared_;
  JsSide* side_;
  Calls calls_;
};

}  // namespace nacre::glue
