// Memory of libtorch's own tensors (tensor_allocator.cpp).

#pragma once

#include <cstddef>

// Makes libtorch, which must be loaded, allocate its large tensors in pages that the process keeps.
void keep_tensor_pages();

// Returns the pages of freed tensors to the system.
void release_tensor_pages();

// Bytes of the tensors currently in those pages.
size_t tensor_bytes();
