// RMS norm, scale, shift and SiLU in one: composed of operators they are five passes over memory, and slow ones in bfloat16.

#include "fused.h"

namespace {

using namespace fused;

// Rows of channels; rows / groups consecutive rows share one scale and one shift.
struct NormShape {
  int64_t rows, channels, groups;
  int64_t rows_per_group() const { return rows / groups; }
};

inline float inverse_norm(const float* x, int64_t channels) {
  float squares = 0;
#pragma omp simd reduction(+ : squares)
  for (int64_t c = 0; c < channels; c++) squares += x[c] * x[c];
  return 1.0f / std::max(std::sqrt(squares), 1e-12f);
}

template <typename T>
void norm_forward(const NormShape& s, const T* x, const float* gain, const float* shift, T* out) {
  at::parallel_for(0, s.rows, 64, [&](int64_t begin, int64_t end) {
    std::vector<float> values(s.channels);
    for (int64_t row = begin; row < end; row++) {
      const int64_t group = row / s.rows_per_group() * s.channels;
      const T* from = x + row * s.channels;
      T* to = out + row * s.channels;
      for (int64_t c = 0; c < s.channels; c++) values[c] = load(from[c]);
      const float inverse = inverse_norm(values.data(), s.channels);
#pragma omp simd
      for (int64_t c = 0; c < s.channels; c++) {
        const float z = values[c] * inverse * gain[group + c] + shift[group + c];
        store(to[c], z / (1.0f + fast_exp(-z)));
      }
    }
  });
}

// Gradients of gain and shift are sums over a group's rows, in parts of fixed extent that are added in order.
template <typename T>
void norm_backward(const NormShape& s, const T* x, const float* gain, const float* shift, const T* grad, T* grad_x,
                   float* grad_gain, float* grad_shift) {
  const int64_t parts = std::max<int64_t>(1, kParts / s.groups), per_group = s.rows_per_group();
  std::vector<float> sums(s.groups * parts * 2 * s.channels, 0.0f);
  at::parallel_for(0, s.groups * parts, 1, [&](int64_t first, int64_t last) {
    std::vector<float> buffers(2 * s.channels);
    float *unit = buffers.data(), *slope = unit + s.channels;
    for (int64_t index = first; index < last; index++) {
      const int64_t group = index / parts, part = index % parts;
      const float *a = gain + group * s.channels, *b = shift + group * s.channels;
      float *sum_gain = &sums[index * 2 * s.channels], *sum_shift = sum_gain + s.channels;
      for (int64_t r = part * per_group / parts; r < (part + 1) * per_group / parts; r++) {
        const T *from = x + (group * per_group + r) * s.channels, *by = grad + (from - x);
        for (int64_t c = 0; c < s.channels; c++) unit[c] = load(from[c]);
        const float inverse = inverse_norm(unit, s.channels);
#pragma omp simd
        for (int64_t c = 0; c < s.channels; c++) {
          unit[c] *= inverse;
          const float z = unit[c] * a[c] + b[c];
          const float sigmoid = 1.0f / (1.0f + fast_exp(-z));
          const float gz = load(by[c]) * sigmoid * (1.0f + z * (1.0f - sigmoid));
          sum_gain[c] += gz * unit[c];
          sum_shift[c] += gz;
          slope[c] = gz * a[c];
        }
        float along = 0;
#pragma omp simd reduction(+ : along)
        for (int64_t c = 0; c < s.channels; c++) along += slope[c] * unit[c];
        T* to = grad_x + (from - x);
#pragma omp simd
        for (int64_t c = 0; c < s.channels; c++) store(to[c], inverse * (slope[c] - unit[c] * along));
      }
    }
  });
  for (int64_t index = 0; index < s.groups * parts; index++) {
    const int64_t group = index / parts * s.channels;
    const float* sum = &sums[index * 2 * s.channels];
    for (int64_t c = 0; c < s.channels; c++) {
      grad_gain[group + c] += sum[c];
      grad_shift[group + c] += sum[s.channels + c];
    }
  }
}

struct NormSilu : torch::autograd::Function<NormSilu> {
  static Tensor forward(AutogradContext* context, Tensor x, Tensor gain, Tensor shift) {
    x = x.contiguous();
    gain = gain.to(at::kFloat).contiguous();
    shift = shift.to(at::kFloat).contiguous();
    context->save_for_backward({x, gain, shift});
    const auto s = shape(x, gain, shift);
    auto out = at::empty_like(x);
    const float *a = gain.data_ptr<float>(), *b = shift.data_ptr<float>();
    if (x.scalar_type() == at::kBFloat16)
      norm_forward(s, x.data_ptr<at::BFloat16>(), a, b, out.data_ptr<at::BFloat16>());
    else
      norm_forward(s, x.data_ptr<float>(), a, b, out.data_ptr<float>());
    return out;
  }

  static variable_list backward(AutogradContext* context, variable_list gradients) {
    auto saved = context->get_saved_variables();
    const Tensor &x = saved[0], &gain = saved[1], &shift = saved[2];
    const auto s = shape(x, gain, shift);
    auto grad = gradients[0].to(x.scalar_type()).contiguous();
    auto grad_x = at::empty_like(x);
    auto grad_gain = at::zeros_like(gain), grad_shift = at::zeros_like(shift);
    const float *a = gain.data_ptr<float>(), *b = shift.data_ptr<float>();
    float *ga = grad_gain.data_ptr<float>(), *gb = grad_shift.data_ptr<float>();
    if (x.scalar_type() == at::kBFloat16)
      norm_backward(s, x.data_ptr<at::BFloat16>(), a, b, grad.data_ptr<at::BFloat16>(), grad_x.data_ptr<at::BFloat16>(), ga, gb);
    else
      norm_backward(s, x.data_ptr<float>(), a, b, grad.data_ptr<float>(), grad_x.data_ptr<float>(), ga, gb);
    return {grad_x, grad_gain, grad_shift};
  }

  static NormShape shape(const Tensor& x, const Tensor& gain, const Tensor& shift) {
    TORCH_CHECK(gain.dim() == 2 && gain.sizes() == shift.sizes() && x.size(-1) == gain.size(1),
                "expects x (..., C), gain and shift (groups, C); got ", x.sizes(), ", ", gain.sizes(), ", ", shift.sizes());
    NormShape s{x.numel() / x.size(-1), x.size(-1), gain.size(0)};
    TORCH_CHECK(s.rows % s.groups == 0, s.rows, " rows cannot be shared by ", s.groups, " groups");
    return s;
  }
};

}  // namespace

// Exported by shim.cpp.
at::Tensor fused_norm_silu(const at::Tensor& x, const at::Tensor& gain, const at::Tensor& shift) {
  fused::require_cpu_float(x);
  return NormSilu::apply(x, gain, shift);
}
