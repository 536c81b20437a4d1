// Layer norm over channels with a gain, written in the type of the next product.

#include "row_norm.h"

namespace VARIANT {
namespace {

template <typename T>
void layer_forward(int64_t rows, int64_t channels, const float* x, const float* gain, T* out, RowNorm* norms) {
  parallel_for(0, rows, 64, [&](int64_t begin, int64_t end) {
    for (int64_t row = begin; row < end; row++) {
      const float* from = x + row * channels;
      const RowNorm norm(from, channels, 1e-5f);
      for (int64_t c = 0; c < channels; c += kVector) store(out + row * channels + c, norm(load(from + c)) * load(gain + c));
      norms[row] = norm;
    }
  });
}

template <typename T>
void layer_backward(int64_t rows, int64_t channels, const float* x, const float* gain, const RowNorm* norms,
                    const T* grad, float* grad_x, float* grad_gain) {
  std::vector<float> sums(kParts * channels, 0.0f);
  parallel_for(0, kParts, 1, [&](int64_t first, int64_t last) {
    for (int64_t part = first; part < last; part++) {
      float* sum_gain = &sums[part * channels];
      for (int64_t row = part * rows / kParts; row < (part + 1) * rows / kParts; row++) {
        const float* from = x + row * channels;
        const T* by = grad + row * channels;
        const RowNorm norm = norms[row];
        Vector slopes = {}, along = {};
        for (int64_t c = 0; c < channels; c += kVector) {
          const Vector g = load(by + c), unit = norm(load(from + c)), slope = g * load(gain + c);
          store(sum_gain + c, load(sum_gain + c) + g * unit);
          slopes += slope;
          along += slope * unit;
        }
        const float level = sum(slopes) / channels, tilt = sum(along) / channels;
        for (int64_t c = 0; c < channels; c += kVector) {
          const Vector unit = norm(load(from + c));
          store(grad_x + row * channels + c, norm.inverse * (load(by + c) * load(gain + c) - level - unit * tilt));
        }
      }
    }
  });
  for (int64_t part = 0; part < kParts; part++)
    for (int64_t c = 0; c < channels; c++) grad_gain[c] += sums[part * channels + c];
}

void require_norm(const Tensor& x, const Tensor& gain) {
  require(x.count() > 0 && x.size(-1) == gain.count() && gain.count() % kRow == 0,
          "expects x (..., C) and gain (C) with C a multiple of 16");
}

}  // namespace

void layer_norm(const Tensor& x, const Tensor& gain, const Tensor& out, const Tensor& statistics) {
  require_norm(x, gain);
  by_type(out, [&](auto type) {
    layer_forward(x.count() / gain.count(), gain.count(), floats(x), floats(gain), out.data_of<decltype(type)>(), RowNorm::of(statistics));
  });
}

void layer_norm_backward(const Tensor& x, const Tensor& gain, const Tensor& statistics, const Tensor& grad, const Tensor& grad_x, const Tensor& grad_gain) {
  require_norm(x, gain);
  by_type(grad, [&](auto type) {
    layer_backward(x.count() / gain.count(), gain.count(), floats(x), floats(gain), RowNorm::of(statistics), grad.data_of<decltype(type)>(),
                   floats(grad_x), floats(grad_gain));
  });
}

}  // namespace VARIANT
