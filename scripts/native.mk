# Builds native/core, native/ntfs and the parsers of PID 1 (pxe/init) with sanitizers, once for all that runs it so: unit tests, fuzzers and the addon.
# One object per source under $(BUILD); clang writes the header dependencies, so that only what changed is compiled
# again. Input: KIND=address (AddressSanitizer and UndefinedBehaviorSanitizer, traced for libFuzzer) or thread.
BUILD := build/sanitized/$(KIND)
CXX := clang++
CC := clang
ifeq ($(KIND),thread)
SANITIZE := -fsanitize=thread
else
SANITIZE := -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer
TRACE := -fsanitize=fuzzer-no-link
endif
OPTIMIZE := -O1
BASE = -std=c++20 $(OPTIMIZE) -gline-tables-only -fPIC -pthread -D_FILE_OFFSET_BITS=64 $(SANITIZE)
FLAGS = $(BASE)
WARNINGS := -Wall -Wextra -Wshadow -Wconversion -Wreserved-identifier -Werror
INCLUDES := -Inative -Ipxe -Itest/native -Itest/fuzz -isystem $(shell scripts/native-flags --blake3-include)
LIBS := -lzstd -lcrypto -pthread
FILES_LIBS := -lntfs-3g -lext2fs -lcom_err

# The program nacre-files without its main(): tests call it in process, fuzzers reach what parses.
files := $(patsubst %.cc,$(BUILD)/%.o,$(filter-out %/main.cc,$(shell scripts/native-flags --files-sources)))
core := $(patsubst %.cc,$(BUILD)/%.o,$(shell scripts/native-flags --core-sources))
blake3 := $(patsubst %,$(BUILD)/%.o,$(basename $(shell scripts/native-flags --blake3-sources)))
init := $(patsubst %,$(BUILD)/pxe/init/%.o,decision_block drivers fat_label memory steps) $(patsubst %,$(BUILD)/pxe/writecache/%.o,decide record)
tests := $(patsubst %.cc,$(BUILD)/%.o,$(sort $(wildcard test/native/*_test.cc)))
support := $(patsubst %.cc,$(BUILD)/%.o,$(sort $(filter-out %_test.cc,$(wildcard test/native/*.cc))))
fuzzers := $(patsubst test/fuzz/%_fuzzer.cc,$(BUILD)/test/fuzz/%_fuzzer.o,$(sort $(wildcard test/fuzz/*_fuzzer.cc)))
glue := $(patsubst %.cc,$(BUILD)/%.o,$(shell scripts/native-flags --node-sources))

.PHONY: tests fuzzers addon
.SECONDARY:
tests: $(BUILD)/core_test
fuzzers: $(patsubst %,$(BUILD)/%_fuzzer,$(NAMES))
addon: $(BUILD)/nacre.node

$(BUILD)/libcore.a: $(core) $(init) $(blake3)
	@rm -f $@
	ar rcs $@ $^

$(BUILD)/libfiles.a: $(files)
	@rm -f $@
	ar rcs $@ $^

$(BUILD)/core_test: $(tests) $(support) $(BUILD)/libfiles.a $(BUILD)/libcore.a
	$(CXX) $(FLAGS) -o $@ $^ -lgtest -lgtest_main $(FILES_LIBS) $(LIBS)

$(BUILD)/%_fuzzer: $(BUILD)/test/fuzz/%_fuzzer.o $(BUILD)/libfiles.a $(BUILD)/libcore.a
	$(CXX) $(FLAGS) -fsanitize=fuzzer -o $@ $^ -Wl,--as-needed $(FILES_LIBS) $(LIBS)

# Without a run time: node is not instrumented, so that scripts/test-sanitized preloads it.
$(BUILD)/nacre.node: $(glue) $(BUILD)/libcore.a
	$(CXX) $(FLAGS) -shared -fno-sanitize-link-runtime -o $@ $^ -lzstd

# The glue is built as binding.gyp does it, with the headers of Node that node-gyp has found.
node_headers = $(shell sed -n 's/^ *"nodedir": "\(.*\)".*/\1/p' build/config.gypi)/include/node
$(glue): INCLUDES += -isystem $(shell node -p 'require("node-addon-api").include_dir') -isystem $(node_headers)
$(glue): WARNINGS := -Wall -Wextra -Wno-unused-parameter -DNAPI_VERSION=9 -DNODE_ADDON_API_DISABLE_DEPRECATED \
	-DNODE_ADDON_API_CPP_EXCEPTIONS_ALL -DNODE_API_SWALLOW_UNTHROWABLE_EXCEPTIONS

# A precompiled header fits only the flags that it was made with.
$(core) $(init) $(files) $(fuzzers): FLAGS = $(BASE) $(TRACE) -include-pch $(BUILD)/traced.pch
$(core) $(init) $(files) $(fuzzers): $(BUILD)/traced.pch
# Tests that take longer to compile than to run do without optimization.
slow := $(filter $(foreach name,fat_volume volume_cut pipeline_round_trip pipeline_damage file_system_damage,%/$(name)_test.o),$(tests)) $(support)
quick := $(filter-out $(slow),$(tests))
$(slow): FLAGS = $(BASE) -include-pch $(BUILD)/tests.pch
$(slow): $(BUILD)/tests.pch
$(quick): OPTIMIZE := -O0
$(quick): FLAGS = $(BASE) -include-pch $(BUILD)/quick.pch
$(quick): $(BUILD)/quick.pch
$(glue): FLAGS = $(BASE) -include-pch $(BUILD)/plain.pch
$(glue): $(BUILD)/plain.pch
$(BUILD)/traced.pch: PRECOMPILED = $(BASE) $(TRACE)
$(BUILD)/plain.pch $(BUILD)/tests.pch $(BUILD)/quick.pch: PRECOMPILED = $(BASE)
$(BUILD)/tests.pch $(BUILD)/quick.pch: test/native/test_library.h test/native/standard_library.h
	@mkdir -p $(dir $@)
	$(CXX) $(PRECOMPILED) -x c++-header -o $@ $<
$(BUILD)/%.pch: test/native/standard_library.h
	@mkdir -p $(dir $@)
	$(CXX) $(PRECOMPILED) -x c++-header -o $@ $<

$(BUILD)/%.o: %.cc
	@mkdir -p $(dir $@)
	$(CXX) $(FLAGS) $(WARNINGS) $(INCLUDES) -MMD -MP -c -o $@ $<

$(BUILD)/%.o: %.c
	@mkdir -p $(dir $@)
	$(CC) -O3 -fPIC -c -o $@ $<

$(BUILD)/%.o: %.S
	@mkdir -p $(dir $@)
	$(CC) -c -o $@ $<

-include $(patsubst %.o,%.d,$(core) $(init) $(files) $(tests) $(support) $(fuzzers) $(glue))
