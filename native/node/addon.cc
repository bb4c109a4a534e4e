// Entry of the addon: each file of native/node adds its functions to `exports`.
#include <napi.h>

#include "node/device_glue.h"
#include "node/device_info_glue.h"
#include "node/digest_glue.h"
#include "node/fat_glue.h"
#include "node/file_lock_glue.h"
#include "node/file_system_glue.h"
#include "node/frame_glue.h"
#include "node/io_priority_glue.h"
#include "node/partition_table_glue.h"
#include "node/pipeline_glue.h"

namespace {

Napi::Object init(Napi::Env env, Napi::Object exports) {
  nacre::glue::add_device(env, exports);
  nacre::glue::add_device_info(env, exports);
  nacre::glue::add_digest(env, exports);
  nacre::glue::add_partition_table(env, exports);
  nacre::glue::add_fat(env, exports);
  nacre::glue::add_file_lock(env, exports);
  nacre::glue::add_file_system(env, exports);
  nacre::glue::add_frame(env, exports);
  nacre::glue::add_io_priority(env, exports);
  nacre::glue::add_pipeline(env, exports);
  return exports;
}

}  // namespace

NODE_API_MODULE(nacre, init)
