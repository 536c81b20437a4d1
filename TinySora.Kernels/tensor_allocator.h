// Memory of libtorch's own tensors (tensor_allocator.cpp).

#pragma once

#include <cstddef>

// From now on libtorch, which must be loaded, takes its large tensors from pages that stay with the process.
void keep_tensor_pages();

// Returns the pages of tensors that are no more to the system.
void release_tensor_pages();

// Of tensors that lie in those pages now.
size_t tensor_bytes();
