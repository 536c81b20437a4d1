// Layer norm over channels with a gain, written in the type that the next product takes.

#include "fused.h"

namespace {

using namespace fused;

struct Statistics {
  float mean, inverse;
};

template <typename T>
void layer_forward(int64_t rows, int64_t channels, const float* x, const float* gain, T* out, Statistics* statistics) {
  at::parallel_for(0, rows, 64, [&](int64_t begin, int64_t end) {
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
  at::parallel_for(0, kParts, 1, [&](int64_t first, int64_t last) {
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

struct LayerNorm : torch::autograd::Function<LayerNorm> {
  static Tensor forward(AutogradContext* context, Tensor x, Tensor gain, bool narrow) {
    TORCH_CHECK(x.scalar_type() == at::kFloat && gain.dim() == 1 && x.size(-1) == gain.size(0) && gain.size(0) % kRow == 0,
                "expects float32 x (..., C) and gain (C), C a multiple of 16; got ", x.sizes(), ", ", gain.sizes());
    x = x.contiguous();
    gain = gain.to(at::kFloat).contiguous();
    const int64_t channels = gain.size(0), rows = x.numel() / channels;
    auto out = at::empty(x.sizes(), x.options().dtype(narrow ? at::kBFloat16 : at::kFloat));
    auto statistics = at::empty({rows, 2}, x.options());
    context->save_for_backward({x, gain, statistics});
    by_type(out, [&](auto type) {
      using T = decltype(type);
      layer_forward(rows, channels, x.data_ptr<float>(), gain.data_ptr<float>(), out.data_ptr<T>(),
                    reinterpret_cast<Statistics*>(statistics.data_ptr<float>()));
    });
    return out;
  }

  static variable_list backward(AutogradContext* context, variable_list gradients) {
    auto saved = context->get_saved_variables();
    const Tensor &x = saved[0], &gain = saved[1], &statistics = saved[2];
    auto grad = gradients[0].contiguous();
    auto grad_x = at::empty_like(x), grad_gain = at::zeros_like(gain);
    by_type(grad, [&](auto type) {
      using T = decltype(type);
      layer_backward(x.numel() / gain.size(0), gain.size(0), x.data_ptr<float>(), gain.data_ptr<float>(),
                     reinterpret_cast<const Statistics*>(statistics.data_ptr<float>()), grad.data_ptr<T>(),
                     grad_x.data_ptr<float>(), grad_gain.data_ptr<float>());
    });
    return {grad_x, grad_gain, Tensor()};
  }
};

}  // namespace

// Exported by kernels.cpp.
at::Tensor fused_layer_norm(const at::Tensor& x, const at::Tensor& gain, bool narrow) {
  fused::require_cpu_float(x);
  return LayerNorm::apply(x, gain, narrow);
}
