#pragma once

#include <memory>
#include <stop_token>
#include <utility>

#include "core/pipeline/control.h"

namespace nacre::glue {

/// Ties what calls JavaScript (`stop()`, `close()`) to the operation that needs it, for as long as
/// it works: nothing waits for JavaScript once the operation stops, and nothing is called after it.
template <class Side>
class JsUse final {
 public:
  /// `side` may be null.
  JsUse(std::shared_ptr<Side> side, const pipeline::Control& control)
      : side_(std::move(side)), on_stop_(control.token(), Stop{side_.get()}) {}
  JsUse(const JsUse&) = delete;
  JsUse& operator=(const JsUse&) = delete;
  JsUse(JsUse&&) = delete;
  JsUse& operator=(JsUse&&) = delete;
  ~JsUse() {
    if (side_) side_->close();
  }

 private:
  struct Stop {
    Side* side;
    void operator()() const {
      if (side != nullptr) side->stop();
    }
  };
  std::shared_ptr<Side> side_;
  std::stop_callback<Stop> on_stop_;
};

}  // namespace nacre::glue
