// Not a kernel: replaces TorchSharp's function of this name (see ScalarLifetime.cs), and delays the deletion of a number.

#include <atomic>

#include "api.h"

namespace {

// Number of scalars whose deletion is delayed. It is larger than the number that a garbage collection deletes, so that scalars that native code may
// still be reading are kept.
constexpr size_t kKept = 1 << 16;

std::atomic<void*> kept[kKept];
std::atomic<size_t> count{0};
void (*dispose)(void* scalar);

}  // namespace

// Must be called first, with TorchSharp's own function.
API void ts_dispose_scalars_by(void (*function)(void* scalar)) { dispose = function; }

API void THSTorch_dispose_scalar(void* scalar) {
  if (void* const oldest = kept[count++ % kKept].exchange(scalar)) dispose(oldest);
}
