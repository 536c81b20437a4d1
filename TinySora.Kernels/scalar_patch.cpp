// No kernel: takes the place of TorchSharp's function of this name (ScalarLifetime.cs says why), and deletes a number later than it is asked to.

#include <atomic>

#include "api.h"

namespace {

// More than one garbage collection takes: the numbers that native code may still be reading are among the last of it.
constexpr size_t kKept = 1 << 16;

std::atomic<void*> kept[kKept];
std::atomic<size_t> count{0};
void (*dispose)(void* scalar);

}  // namespace

// To be called first, with TorchSharp's own.
API void ts_dispose_scalars_by(void (*function)(void* scalar)) { dispose = function; }

API void THSTorch_dispose_scalar(void* scalar) {
  if (void* const oldest = kept[count++ % kKept].exchange(scalar)) dispose(oldest);
}
