// Layer norm over any number of channels, with a gain and an optional shift.

#include "row_norm.h"

namespace VARIANT {

// From x (..., C) to a result (..., C) and statistics (rows, 2): mean and inverse standard deviation.
void channel_norm(const Tensor& x, const Tensor& gain, const Tensor& shift, const Tensor& out, const Tensor& statistics, double eps) {
  const int64_t channels = x.size(-1), rows = x.count() / channels;
  require(gain.count() == channels && (!shift.is_given() || shift.count() == channels) && statistics.count() == 2 * rows,
          "expects x (..., C), a gain (C), a shift (C) and statistics (rows, 2)");
  const float *const from = floats(x), *const by = floats(gain), *const plus = shift.is_given() ? floats(shift) : nullptr;
  float* const to = floats(out);
  RowNorm* const norms = RowNorm::of(statistics);
  parallel_for(0, rows, 64, [=](int64_t begin, int64_t end) {
    for (int64_t r = begin; r < end; r++) {
      const RowNorm norm = norms[r] = RowNorm(from + r * channels, channels, eps);
      for (int64_t c = 0; c < channels; c += kVector) {
        const int64_t left = channels - c;
        const Vector unit = norm(load_some(from + r * channels + c, left));
        store_some(to + r * channels + c, unit * load_some(by + c, left) + (plus ? load_some(plus + c, left) : Vector{}), left);
      }
    }
  });
}

}  // namespace VARIANT
