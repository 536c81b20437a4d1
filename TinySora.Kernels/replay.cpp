// Replays recorded lists of kernel calls, so that a pass through a network is a single call from .NET.

#include <cstdint>
#include <mutex>
#include <string>

#include "api.h"
#include "parallel.h"

// A kernel from ts_kernel with its arguments, in the layout that .NET writes (NativeProgram.cs).
struct Instruction {
  bool (*kernel)(const void* tensors, int32_t tensor_count, const int64_t* scalars, int32_t scalar_count);
  const void* tensors;
  const int64_t* scalars;
  int32_t tensor_count, scalar_count;
};

// A list of instructions that run in order.
struct Program {
  const Instruction* instructions;
  int32_t count;
  int32_t failed;  // index of the first instruction that failed, or -1
};

API const char* ts_error();
void set_error(const char* message);

namespace {

void run(Program& program) {
  program.failed = -1;
  for (int32_t i = 0; i < program.count; i++) {
    const Instruction& next = program.instructions[i];
    if (next.kernel(next.tensors, next.tensor_count, next.scalars, next.scalar_count)) continue;
    program.failed = i;
    return;
  }
}

}  // namespace

// Runs independent programs in parallel, each on one thread; the kernels of a single program use all threads. If an instruction failed, ts_error tells why.
API void ts_replay(Program* programs, int32_t count) {
  if (count == 1) return run(*programs);
  struct Task {
    Program* programs;
    int32_t count;
    std::mutex lock;
    std::string error;
  } task{programs, count, {}, {}};
  team.start(
      [](void* argument) {
        Task& all = *static_cast<Task*>(argument);
        runs_alone = true;
        // The team may be smaller than requested.
        for (int32_t i = team.number(); i < all.count; i += team.size()) {
          run(all.programs[i]);
          if (all.programs[i].failed < 0) continue;
          std::lock_guard<std::mutex> guard(all.lock);
          all.error = ts_error();
        }
        runs_alone = false;
      },
      &task, count);
  if (!task.error.empty()) set_error(task.error.c_str());
}
