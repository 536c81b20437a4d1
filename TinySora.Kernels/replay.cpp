// Replays a recorded list of kernel calls, so that a pass through a network is a single call from .NET.

#include <cstdint>

#include "api.h"

// A kernel from ts_kernel with its arguments, in the layout that .NET writes (RecordedProgram.cs).
struct Instruction {
  bool (*kernel)(const void* tensors, int32_t tensor_count, const int64_t* scalars, int32_t scalar_count);
  const void* tensors;
  const int64_t* scalars;
  int32_t tensor_count, scalar_count;
};

// Runs the instructions in order. Returns the index of the first one that failed (see ts_error), or -1 if all succeeded.
API int32_t ts_replay(const Instruction* instructions, int32_t count) {
  for (int32_t i = 0; i < count; i++) {
    const Instruction& next = instructions[i];
    if (!next.kernel(next.tensors, next.tensor_count, next.scalars, next.scalar_count)) return i;
  }
  return -1;
}
