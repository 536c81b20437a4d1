// Dropout without a mask in memory.

#include "dropout.h"

namespace {

using namespace fused;

constexpr int64_t kLength = 1024;  // numbers are in rows of so many

struct Drop : torch::autograd::Function<Drop> {
  static Tensor dropped(const Tensor& x, double share, int64_t seed) {
    const Dropout dropout(share, seed);
    const auto out = at::empty_like(x);
    by_type(x, [&](auto type) {
      using T = decltype(type);
      const T* const from = x.data_ptr<T>();
      T* const to = out.data_ptr<T>();
      at::parallel_for(0, (x.numel() + kLength - 1) / kLength, 16, [&](int64_t begin, int64_t end) {
        for (int64_t row = begin; row < end; row++) {
          const uint64_t key = dropout.key(row);
          for (int64_t i = row * kLength; i < std::min((row + 1) * kLength, x.numel()); i += kVector)
            store_some(to + i, load_some(from + i, x.numel() - i) * dropout.factors(key, i - row * kLength), x.numel() - i);
        }
      });
    });
    return out;
  }

  static Tensor forward(AutogradContext* context, Tensor x, double share, int64_t seed) {
    context->saved_data["share"] = share;
    context->saved_data["seed"] = seed;
    return dropped(x, share, seed);
  }

  static variable_list backward(AutogradContext* context, variable_list gradients) {
    return {dropped(gradients[0].contiguous(), context->saved_data["share"].toDouble(), context->saved_data["seed"].toInt()), Tensor(), Tensor()};
  }
};

}  // namespace

// Exported by kernels.cpp.
at::Tensor fused_dropout(const at::Tensor& x, double share, int64_t seed) {
  fused::require_cpu_float(x);
  TORCH_CHECK(share >= 0 && share < 1, "expects a share below one, got ", share);
  return Drop::apply(x.contiguous(), share, seed);
}
