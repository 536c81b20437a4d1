// GELU in the approximate form (Hendrycks and Gimpel 2016), x / 2 (1 + tanh(√(2/π) (x + 0.044715 x³))), computed as x times the logistic function of
// twice the argument of tanh.

#include "kernels.h"
#include "simd.h"

namespace VARIANT {
namespace {

constexpr float kLine = 1.5957691216f;  // 2 √(2/π)
constexpr float kCube = 0.044715f * kLine;

Vector gate(Vector x) { return 1.0f / (1.0f + exp(-x * (x * x * kCube + kLine))); }

// Calls a function with the index of each vector's first element and the number of elements from there on.
template <typename Body>
void in_vectors(int64_t count, Body body) {
  parallel_for(0, (count + kVector - 1) / kVector, 1024, [&](int64_t begin, int64_t end) {
    for (int64_t i = begin * kVector; i < end * kVector; i += kVector) body(i, count - i);
  });
}

}  // namespace

void gelu(const Tensor& x, const Tensor& out) {
  by_type(x, [&](auto type) {
    using T = decltype(type);
    const T* const from = x.data_of<T>();
    T* const to = out.data_of<T>();
    in_vectors(x.count(), [&](int64_t i, int64_t left) {
      const Vector v = load_some(from + i, left);
      store_some(to + i, v * gate(v), left);
    });
  });
}

void gelu_backward(const Tensor& x, const Tensor& grad, const Tensor& grad_x) {
  by_type(x, [&](auto type) {
    using T = decltype(type);
    const T *const from = x.data_of<T>(), *const slopes = grad.data_of<T>();
    T* const to = grad_x.data_of<T>();
    in_vectors(x.count(), [&](int64_t i, int64_t left) {
      const Vector v = load_some(from + i, left), share = gate(v);
      store_some(to + i, load_some(slopes + i, left) * share * (1.0f + v * (1.0f - share) * (v * v * (3 * kCube) + kLine)), left);
    });
  });
}

}  // namespace VARIANT
