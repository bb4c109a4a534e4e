{
  # Targets of their own, so that the layers are checked by the compiler: `core` cannot see napi.h, and is held to
  # -Werror -Wconversion; `nacre` is glue, and napi.h itself would not pass those warnings. `nacre-files` is a
  # program of its own, because its libraries are GPL (NOTICE).
  "target_defaults": {
    "defines": ["_FILE_OFFSET_BITS=64"],
    "cflags!": ["-fno-exceptions"],
    "cflags_cc!": ["-fno-exceptions", "-fno-rtti", "-std=gnu++17"],
    "cflags_cc": ["-std=c++20", "-O2", "-fexceptions", "-pthread"],
    "ldflags": ["-pthread"],
    "include_dirs": ["native"]
  },
  "targets": [
    {
      "target_name": "core",
      "type": "static_library",
      "sources": ["<!@(scripts/native-flags --core-sources)"],
      "include_dirs": ["<!(scripts/native-flags --blake3-include)"],
      "cflags_cc": ["-Wall", "-Wextra", "-Wshadow", "-Wconversion", "-Werror"],
      "cflags": ["-fPIC"]
    },
    {
      "target_name": "blake3",
      "type": "static_library",
      "sources": ["<!@(scripts/native-flags --blake3-sources)"],
      "cflags": ["-fPIC", "-O3"]
    },
    {
      "target_name": "nacre",
      "sources": ["<!@(scripts/native-flags --node-sources)"],
      "dependencies": ["core", "blake3"],
      "include_dirs": ["<!(node -p \"require('node-addon-api').include_dir\")"],
      # An environment that ends while a callback runs lets nothing be thrown; without the third definition that would
      # end the whole process.
      "defines": [
        "NAPI_VERSION=9", "NODE_ADDON_API_DISABLE_DEPRECATED", "NODE_ADDON_API_CPP_EXCEPTIONS_ALL",
        "NODE_API_SWALLOW_UNTHROWABLE_EXCEPTIONS"
      ],
      "cflags_cc": ["-Wall", "-Wextra", "-Wno-unused-parameter"],
      "libraries": ["-lzstd"]
    },
    {
      "target_name": "nacre-files",
      "type": "executable",
      "sources": ["<!@(scripts/native-flags --files-sources)"],
      "dependencies": ["core"],
      "defines": ["_GLIBCXX_ASSERTIONS", "_FORTIFY_SOURCE=2"],
      "cflags_cc": [
        "-Wall", "-Wextra", "-Wshadow", "-Wconversion", "-Werror",
        "-fPIE", "-fstack-protector-strong", "-fstack-clash-protection"
      ],
      "ldflags!": ["-rdynamic"],
      "ldflags": ["-pie", "-Wl,-z,relro,-z,now", "-Wl,--as-needed"],
      "libraries": ["-lntfs-3g", "-lext2fs", "-lcom_err"]
    }
  ]
}
