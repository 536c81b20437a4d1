// Working memory for a kernel. It is kept for the next kernel, because the C library would get large blocks from the system page by page, zeroed, each time.

#pragma once

#include <cstddef>
#include <cstdint>

// Returns at least this many bytes, aligned to 64; throws std::bad_alloc (dispatch.cpp).
void* take_memory(size_t bytes, size_t* taken);
void give_memory(void* memory, size_t taken);

namespace VARIANT {

class Buffer {
  size_t taken = 0;
  void* const memory;

 public:
  explicit Buffer(int64_t floats) : memory(take_memory(floats * sizeof(float), &taken)) {}
  Buffer(const Buffer&) = delete;
  ~Buffer() { give_memory(memory, taken); }
  float* data() const { return static_cast<float*>(memory); }
};

}  // namespace VARIANT
