// Gradients of weights that go straight to where an optimizer reads them. Autograd makes a tensor of each and adds it to what
// is there, so all of them are cleared, written, read and written once more.

#pragma once

#include <unordered_set>

#include "fused.h"

namespace fused {

struct DirectGradients {
  // Of one length, or undefined: weights are views of the one, and what becomes of them has the same place in the other.
  Tensor values, gradients;
  std::unordered_set<int64_t> written;

  // Where to write the gradient of a weight that is dense in memory, laid out like it. Undefined where autograd is to have it:
  // elsewhere, and the second time, because it adds.
  Tensor place(const Tensor& weight) {
    if (!values.defined()) return {};
    const int64_t offset = weight.data_ptr<float>() - values.data_ptr<float>();
    if (offset < 0 || offset + weight.numel() > values.numel() || !written.insert(offset).second) return {};
    return gradients.as_strided(weight.sizes(), weight.strides(), offset);
  }
};

inline thread_local DirectGradients direct_gradients;

}  // namespace fused
