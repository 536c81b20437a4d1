// Layer norm over any number of channels, with a gain and an optional shift.

#include "kernels.h"
#include "simd.h"

namespace VARIANT {
namespace {

// Computes the mean and the inverse standard deviation of a row.
void measure(const float* row, int64_t channels, float eps, float& mean, float& inverse) {
  Vector total = {}, squares = {};
  for (int64_t c = 0; c < channels; c += kVector) total += load_some(row + c, channels - c);
  mean = sum(total) / channels;
  int64_t c = 0;
  for (; c + kVector <= channels; c += kVector) {
    const Vector apart = load(row + c) - mean;
    squares += apart * apart;
  }
  float rest = 0;
  for (; c < channels; c++) rest += (row[c] - mean) * (row[c] - mean);
  inverse = 1.0f / std::sqrt((sum(squares) + rest) / channels + eps);
}

}  // namespace

// From x (..., C) to a result (..., C) and statistics (rows, 2): mean and inverse standard deviation.
void channel_norm(const Tensor& x, const Tensor& gain, const Tensor& shift, const Tensor& out, const Tensor& statistics, double eps) {
  const int64_t channels = x.size(-1), rows = x.count() / channels;
  require(gain.count() == channels && (!shift.is_given() || shift.count() == channels) && statistics.count() == 2 * rows,
          "expects x (..., C), a gain (C), a shift (C) and statistics (rows, 2)");
  const float *const from = floats(x), *const by = floats(gain), *const plus = shift.is_given() ? floats(shift) : nullptr;
  float *const to = floats(out), *const found = floats(statistics);
  parallel_for(0, rows, 64, [=](int64_t begin, int64_t end) {
    for (int64_t r = begin; r < end; r++) {
      float mean, inverse;
      measure(from + r * channels, channels, eps, mean, inverse);
      found[2 * r] = mean, found[2 * r + 1] = inverse;
      for (int64_t c = 0; c < channels; c += kVector) {
        const int64_t left = channels - c;
        const Vector unit = (load_some(from + r * channels + c, left) - mean) * inverse;
        store_some(to + r * channels + c, unit * load_some(by + c, left) + (plus ? load_some(plus + c, left) : Vector{}), left);
      }
    }
  });
}

}  // namespace VARIANT
