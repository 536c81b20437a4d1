// GELU in the approximate form (Hendrycks and Gimpel 2016), x / 2 (1 + tanh(√(2/π) (x + 0.044715 x³))): x times the logistic function of twice
// what tanh is taken of.

#include "fused.h"

namespace {

using namespace fused;

constexpr float kLine = 1.5957691216f;  // 2 √(2/π)
constexpr float kCube = 0.044715f * kLine;

Vector gate(Vector x) { return 1.0f / (1.0f + exp(-x * (x * x * kCube + kLine))); }

// Calls with the number of each first element of a vector, and how many there are from it.
template <typename Body>
void in_vectors(int64_t count, Body body) {
  at::parallel_for(0, (count + kVector - 1) / kVector, 1024, [&](int64_t begin, int64_t end) {
    for (int64_t i = begin * kVector; i < end * kVector; i += kVector) body(i, count - i);
  });
}

struct Gelu : torch::autograd::Function<Gelu> {
  static Tensor forward(AutogradContext* context, Tensor x) {
    context->save_for_backward({x});
    const auto out = at::empty_like(x);
    by_type(x, [&](auto type) {
      using T = decltype(type);
      const T* const from = x.data_ptr<T>();
      T* const to = out.data_ptr<T>();
      in_vectors(x.numel(), [&](int64_t i, int64_t left) {
        const Vector v = load_some(from + i, left);
        store_some(to + i, v * gate(v), left);
      });
    });
    return out;
  }

  static variable_list backward(AutogradContext* context, variable_list gradients) {
    const auto x = context->get_saved_variables()[0], by = gradients[0].to(x.scalar_type()).contiguous(), grad = at::empty_like(x);
    by_type(x, [&](auto type) {
      using T = decltype(type);
      const T *const from = x.data_ptr<T>(), *const slopes = by.data_ptr<T>();
      T* const to = grad.data_ptr<T>();
      in_vectors(x.numel(), [&](int64_t i, int64_t left) {
        const Vector v = load_some(from + i, left), share = gate(v);
        store_some(to + i, load_some(slopes + i, left) * share * (1.0f + v * (1.0f - share) * (v * v * (3 * kCube) + kLine)), left);
      });
    });
    return {grad};
  }
};

}  // namespace

// Exported by kernels.cpp.
at::Tensor fused_gelu(const at::Tensor& x) {
  fused::require_cpu_float(x);
  return Gelu::apply(x.contiguous());
}
