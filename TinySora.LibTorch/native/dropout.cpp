// Dropout without a mask in memory.

#include "dropout.h"

namespace {

using namespace fused;

constexpr int64_t kLength = 1024;  // numbers are in rows of so many

struct Drop : torch::autograd::Function<Drop> {
  static Tensor dropped(const Tensor& x, double share, int64_t seed, int64_t before) {
    const Dropout dropout(share, seed, before / kLength);
    const int64_t first = before % kLength, last = first + x.numel();  // of those in the first row
    const auto out = at::empty_like(x);
    by_type(x, [&](auto type) {
      using T = decltype(type);
      const T* const from = x.data_ptr<T>();
      T* const to = out.data_ptr<T>();
      at::parallel_for(0, (last + kLength - 1) / kLength, 16, [&](int64_t begin, int64_t end) {
        for (int64_t row = begin; row < end; row++) {
          const uint64_t key = dropout.key(row);
          const int64_t stop = std::min((row + 1) * kLength, last);
          for (int64_t i = std::max(row * kLength, first); i < stop; i += kVector)
            store_some(to + i - first, load_some(from + i - first, stop - i) * dropout.factors(key, i - row * kLength), stop - i);
        }
      });
    });
    return out;
  }

  static Tensor forward(AutogradContext* context, Tensor x, double share, int64_t seed, int64_t before) {
    context->saved_data["share"] = share;
    context->saved_data["seed"] = seed;
    context->saved_data["before"] = before;
    return dropped(x, share, seed, before);
  }

  static variable_list backward(AutogradContext* context, variable_list gradients) {
    const auto& saved = context->saved_data;
    const auto gradient = dropped(gradients[0].contiguous(), saved.at("share").toDouble(), saved.at("seed").toInt(), saved.at("before").toInt());
    return {gradient, Tensor(), Tensor(), Tensor()};
  }
};

}  // namespace

// Exported by kernels.cpp.
at::Tensor fused_dropout(const at::Tensor& x, double share, int64_t seed, int64_t before) {
  fused::require_cpu_float(x);
  TORCH_CHECK(share >= 0 && share < 1, "expects a share below one, got ", share);
  return Drop::apply(x.contiguous(), share, seed, before);
}
