// Cross entropy of predicted tokens. With thousands of them the logits are the largest tensor of a step, so that their gradient is written over them.

#include "fused.h"

namespace {

using namespace fused;

// Beyond the end nothing has a probability.
template <typename T>
Vector load_logits(const T* from, int64_t left) {
  Vector v = load_some(from, left);
  for (int64_t i = left; i < kVector; i++) v[i] = -INFINITY;
  return v;
}

// Returns the loss at the target. Where there is a share it is that of the row in the mean, and logits become the mean's gradient.
template <typename T>
double loss_of(T* logits, int64_t count, int64_t target, float share) {
  Vector most = all(-INFINITY), total = {};
  for (int64_t i = 0; i < count; i += kVector) most = larger(load_logits(logits + i, count - i), most);
  const float level = largest(most);
  for (int64_t i = 0; i < count; i += kVector)
    total += exp(load_logits(logits + i, count - i) - level);
  const float sum_of_all = sum(total), right = float(logits[target]) - level;
  if (share > 0) {
    for (int64_t i = 0; i < count; i += kVector) store_some(logits + i, exp(load_some(logits + i, count - i) - level) * (share / sum_of_all), count - i);
    logits[target] = T((std::exp(right) / sum_of_all - 1) * share);
  }
  return std::log(sum_of_all) - right;
}

// Ignored rows may be without elements: then all count.
struct TokenLoss : torch::autograd::Function<TokenLoss> {
  static Tensor forward(AutogradContext* context, Tensor logits, Tensor targets, Tensor ignored, bool is_differentiated) {
    const int64_t rows = logits.size(0), count = logits.size(1), *const right = targets.data_ptr<int64_t>();
    const bool* const left_out = ignored.numel() > 0 ? ignored.data_ptr<bool>() : nullptr;
    const int64_t counted = left_out ? rows - std::count(left_out, left_out + rows, true) : rows;
    std::vector<double> losses(rows, 0.0);
    by_type(logits, [&](auto type) {
      using T = decltype(type);
      T* const data = logits.data_ptr<T>();
      at::parallel_for(0, rows, std::max<int64_t>(1, (1 << 14) / count), [&](int64_t begin, int64_t end) {
        for (int64_t row = begin; row < end; row++)
          if (!left_out || !left_out[row])
            losses[row] = loss_of(data + row * count, count, right[row], is_differentiated ? 1.0f / counted : 0.0f);
          else if (is_differentiated)
            std::fill_n(data + row * count, count, T(0));
      });
    });
    if (is_differentiated) context->save_for_backward({logits.detach()});
    double total = 0;
    for (const double loss : losses) total += loss;
    return at::full({}, total / std::max<int64_t>(1, counted), logits.options().dtype(at::kFloat));
  }

  static variable_list backward(AutogradContext* context, variable_list gradients) {
    const auto gradient = context->get_saved_variables()[0];
    if (const double by = gradients[0].item<double>(); by != 1) gradient.mul_(by);
    return {gradient, Tensor(), Tensor(), Tensor()};
  }
};

}  // namespace

// Exported by kernels.cpp. Undefined ignored rows are none. Logits with a gradient are used up, and differentiated once.
at::Tensor fused_token_loss(const at::Tensor& logits, const at::Tensor& targets, const at::Tensor& ignored) {
  fused::require_cpu_float(logits);
  TORCH_CHECK(logits.dim() == 2 && logits.numel() > 0 && targets.sizes() == logits.sizes().slice(0, 1) && targets.scalar_type() == at::kLong,
              "expects logits (N, V) and int64 targets (N), got ", logits.sizes(), ", ", targets.sizes());
  TORCH_CHECK(!ignored.defined() || (ignored.sizes() == targets.sizes() && ignored.scalar_type() == at::kBool), "expects booleans ", targets.sizes());
  const auto known = targets.ge(0).logical_and(targets.lt(logits.size(1)));
  TORCH_CHECK((ignored.defined() ? known.logical_or(ignored) : known).all().item<bool>(), "expects targets from 0 to ", logits.size(1) - 1);
  return TokenLoss::apply(logits.contiguous(), targets.contiguous(), ignored.defined() ? ignored.contiguous() : at::empty({0}, at::kBool),
                          logits.requires_grad() && at::GradMode::is_enabled());
}
