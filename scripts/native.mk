# Builds native/core beside node, with sanitizers, for scripts/test-native and scripts/fuzz. One object per
# source under $(BUILD); clang writes the header dependencies, so that only what changed is compiled again.
# Inputs: BUILD, SANITIZE (compiler and linker flags).
CXX := clang++
CC := clang
FLAGS := -O1 -g -pthread -D_FILE_OFFSET_BITS=64 $(SANITIZE)
WARNINGS := -Wall -Wextra -Wshadow -Wconversion -Werror
INCLUDES := -Inative -Itest/native -Itest/fuzz -isystem $(shell scripts/native-flags --blake3-include)
LIBS := -lzstd -lcrypto -pthread

core := $(patsubst %.cc,$(BUILD)/%.o,$(shell scripts/native-flags --core-sources))
blake3 := $(patsubst %,$(BUILD)/%.o,$(basename $(shell scripts/native-flags --blake3-sources)))
tests := $(patsubst %.cc,$(BUILD)/%.o,$(sort $(wildcard test/native/*_test.cc)))
support := $(patsubst %.cc,$(BUILD)/%.o,$(sort $(filter-out %_test.cc,$(wildcard test/native/*.cc))))
fuzzers := $(patsubst test/fuzz/%_fuzzer.cc,$(BUILD)/%,$(sort $(wildcard test/fuzz/*_fuzzer.cc)))

.PHONY: tests fuzzers
.SECONDARY:
tests: $(BUILD)/core_test
fuzzers: $(addprefix $(BUILD)/,$(NAMES))
all-fuzzers: $(fuzzers)

$(BUILD)/libcore.a: $(core) $(blake3)
	@rm -f $@
	ar rcs $@ $^

$(BUILD)/core_test: $(tests) $(support) $(BUILD)/libcore.a
	$(CXX) $(FLAGS) -o $@ $^ -lgtest -lgtest_main $(LIBS)

$(BUILD)/%: $(BUILD)/test/fuzz/%_fuzzer.o $(BUILD)/libcore.a
	$(CXX) $(FLAGS) -fsanitize=fuzzer -o $@ $^ $(LIBS)

$(BUILD)/%.o: %.cc
	@mkdir -p $(dir $@)
	$(CXX) -std=c++20 $(FLAGS) $(WARNINGS) $(INCLUDES) -MMD -MP -c -o $@ $<

$(BUILD)/%.o: %.c
	@mkdir -p $(dir $@)
	$(CC) -O3 -c -o $@ $<

$(BUILD)/%.o: %.S
	@mkdir -p $(dir $@)
	$(CC) -c -o $@ $<

-include $(patsubst %.o,%.d,$(core) $(tests) $(support) $(patsubst %,$(BUILD)/test/fuzz/%_fuzzer.o,$(notdir $(fuzzers))))
