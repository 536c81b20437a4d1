// Cross entropy of predicted tokens. With thousands of tokens, the logits are the largest tensor in a step, so their gradient overwrites them.

#include "kernels.h"
#include "simd.h"

namespace VARIANT {
namespace {

// Elements beyond the end have probability zero.
template <typename T>
Vector load_logits(const T* from, int64_t left) {
  Vector v = load_some(from, left);
  for (int64_t i = left; i < kVector; i++) v[i] = -INFINITY;
  return v;
}

// Returns the loss at the target. If a share (the row's weight in the mean) is given, the logits are overwritten with the gradient of the mean.
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

}  // namespace

// If `ignored` is absent, all rows count. The loss is a scalar. If it is differentiated, the logits are overwritten with its gradient.
void token_loss(const Tensor& logits, const Tensor& targets, const Tensor& ignored, const Tensor& loss, bool is_differentiated) {
  require(logits.dimensions == 2 && logits.count() > 0 && targets.count() == logits.size(0) && (!ignored.is_given() || ignored.count() == targets.count()),
          "expects logits (N, V), targets (N) and booleans (N)");
  const int64_t rows = logits.size(0), count = logits.size(1), *const right = targets.data_of<int64_t>();
  const bool* const left_out = ignored.is_given() ? ignored.data_of<bool>() : nullptr;
  const int64_t counted = left_out ? rows - std::count(left_out, left_out + rows, true) : rows;
  for (int64_t row = 0; row < rows; row++)
    require((left_out && left_out[row]) || (right[row] >= 0 && right[row] < count), "expects targets from 0 to ", count - 1);
  std::vector<double> losses(rows, 0.0);
  by_type(logits, [&](auto type) {
    using T = decltype(type);
    T* const data = logits.data_of<T>();
    parallel_for(0, rows, std::max<int64_t>(1, (1 << 14) / count), [&](int64_t begin, int64_t end) {
      for (int64_t row = begin; row < end; row++)
        if (!left_out || !left_out[row])
          losses[row] = loss_of(data + row * count, count, right[row], is_differentiated ? 1.0f / counted : 0.0f);
        else if (is_differentiated)
          std::fill_n(data + row * count, count, T(0));
    });
  });
  double total = 0;
  for (const double of_row : losses) total += of_row;
  *floats(loss) = total / std::max<int64_t>(1, counted);
}

}  // namespace VARIANT
