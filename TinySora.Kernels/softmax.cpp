// Softmax over the last axis, for recorded programs.

#include "kernels.h"
#include "simd.h"

namespace VARIANT {
namespace {

constexpr int64_t kGrain = 64;  // rows per thread at least

void require_rows(const Tensor& x, const Tensor& out) { require(x.dimensions > 0 && x.count() > 0 && x.count() == out.count(), "expects tensors (..., N)"); }

}  // namespace

void softmax(const Tensor& x, const Tensor& out) {
  require_rows(x, out);
  const int64_t count = x.size(-1);
  const float* const from = floats(x);
  float* const to = floats(out);
  parallel_for(0, x.count() / count, kGrain, [=](int64_t begin, int64_t end) {
    for (int64_t r = begin; r < end; r++) {
      const float* const row = from + r * count;
      const float most = *std::max_element(row, row + count);
      float* const result = to + r * count;
      float total = 0;
      for (int64_t i = 0; i < count; i += kVector) {
        store_some(result + i, exp(load_some(row + i, count - i) - most), count - i);
        total += sum(load_some(result + i, count - i));
      }
      for (int64_t i = 0; i < count; i += kVector) store_some(result + i, load_some(result + i, count - i) / total, count - i);
    }
  });
}

// From the result and its gradient.
void softmax_backward(const Tensor& result, const Tensor& grad, const Tensor& grad_x) {
  require_rows(result, grad);
  require_rows(result, grad_x);
  const int64_t count = result.size(-1);
  const float *const from = floats(result), *const by = floats(grad);
  float* const to = floats(grad_x);
  parallel_for(0, result.count() / count, kGrain, [=](int64_t begin, int64_t end) {
    for (int64_t at = begin * count; at < end * count; at += count) {
      Vector along = {};
      for (int64_t i = 0; i < count; i += kVector) along += load_some(from + at + i, count - i) * load_some(by + at + i, count - i);
      const float mean = sum(along);
      for (int64_t i = 0; i < count; i += kVector)
        store_some(to + at + i, load_some(from + at + i, count - i) * (load_some(by + at + i, count - i) - mean), count - i);
    }
  });
}

}  // namespace VARIANT
