// Layer norm over channels with a gain, written in the type that the next product takes.

#include "kernels.h"
#include "vectors.h"

namespace VARIANT {
namespace {

struct Statistics {
  float mean, inverse;
};

template <typename T>
void layer_forward(int64_t rows, int64_t channels, const float* x, const float* gain, T* out, Statistics* statistics) {
  parallel_for(0, rows, 64, [&](int64_t begin, int64_t end) {
    for (int64_t row = begin; row < end; row++) {
      const float* from = x + row * channels;
      Vector total = {}, squares = {};
      for (int64_t c = 0; c < channels; c += kVector) total += load(from + c);
      const float mean = sum(total) / channels;
      for (int64_t c = 0; c < channels; c += kVector) {
        const Vector apart = load(from + c) - mean;
        squares += apart * apart;
      }
      const float inverse = 1.0f / std::sqrt(sum(squares) / channels + 1e-5f);
      for (int64_t c = 0; c < channels; c += kVector)
        store(out + row * channels + c, (load(from + c) - mean) * inverse * load(gain + c));
      statistics[row] = {mean, inverse};
    }
  });
}

template <typename T>
void layer_backward(int64_t rows, int64_t channels, const float* x, const float* gain, const Statistics* statistics,
                    const T* grad, float* grad_x, float* grad_gain) {
  std::vector<float> sums(kParts * channels, 0.0f);
  parallel_for(0, kParts, 1, [&](int64_t first, int64_t last) {
    for (int64_t part = first; part < last; part++) {
      float* sum_gain = &sums[part * channels];
      for (int64_t row = part * rows / kParts; row < (part + 1) * rows / kParts; row++) {
        const float* from = x + row * channels;
        const T* by = grad + row * channels;
        const auto [mean, inverse] = statistics[row];
        Vector slopes = {}, along = {};
        for (int64_t c = 0; c < channels; c += kVector) {
          const Vector g = load(by + c), unit = (load(from + c) - mean) * inverse, slope = g * load(gain + c);
          store(sum_gain + c, load(sum_gain + c) + g * unit);
          slopes += slope;
          along += slope * unit;
        }
        const float level = sum(slopes) / channels, tilt = sum(along) / channels;
        for (int64_t c = 0; c < channels; c += kVector) {
          const Vector unit = (load(from + c) - mean) * inverse;
          store(grad_x + row * channels + c, inverse * (load(by + c) * load(gain + c) - level - unit * tilt));
        }
      }
    }
  });
  for (int64_t part = 0; part < kParts; part++)
    for (int64_t c = 0; c < channels; c++) grad_gain[c] += sums[part * channels + c];
}

Statistics* statistics_of(const Tensor& t) { return reinterpret_cast<Statistics*>(floats(t)); }

void require_norm(const Tensor& x, const Tensor& gain) {
  require(x.count() > 0 && x.size(-1) == gain.count() && gain.count() % kRow == 0,
          "expects x (..., C) and gain (C), C a multiple of 16");
}

}  // namespace

void layer_norm(const Tensor& x, const Tensor& gain, const Tensor& out, const Tensor& statistics) {
  require_norm(x, gain);
  by_type(out, [&](auto type) {
    layer_forward(x.count() / gain.count(), gain.count(), floats(x), floats(gain), out.data_of<decltype(type)>(), statistics_of(statistics));
  });
}

void layer_norm_backward(const Tensor& x, const Tensor& gain, const Tensor& statistics, const Tensor& grad, const Tensor& grad_x, const Tensor& grad_gain) {
  require_norm(x, gain);
  by_type(grad, [&](auto type) {
    layer_backward(x.count() / gain.count(), gain.count(), floats(x), floats(gain), statistics_of(statistics), grad.data_of<decltype(type)>(),
                   floats(grad_x), floats(grad_gain));
  });
}

}  // namespace VARIANT
