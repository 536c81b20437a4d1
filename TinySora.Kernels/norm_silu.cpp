// RMS norm, scale, shift, SiLU and the residual sum. Composed operators would take five passes over memory, which are slow in bfloat16.

#include "kernels.h"
#include "simd.h"

namespace VARIANT {
namespace {

// Rows of channels. Each group of rows / groups consecutive rows shares one scale and one shift.
struct NormShape {
  int64_t rows, channels, groups;
  int64_t rows_per_group() const { return rows / groups; }
};

template <typename T>
float inverse_norm(const T* x, int64_t channels) {
  Vector squares[kRow / kVector] = {};
  for (int64_t c = 0; c < channels; c += kRow)
    for (int64_t i = 0; i < kRow / kVector; i++) {
      const Vector v = load_some(x + c + i * kVector, channels - c - i * kVector);
      squares[i] += v * v;
    }
  for (int64_t i = 1; i < kRow / kVector; i++) squares[0] += squares[i];
  return 1.0f / std::max(std::sqrt(sum(squares[0])), 1e-12f);
}

// Adds the skip connection if there is one.
template <typename T, typename U>
void norm_forward(const NormShape& s, const T* x, const float* gain, const float* shift, const float* skip, U* out) {
  parallel_for(0, s.rows, 64, [&](int64_t begin, int64_t end) {
    for (int64_t row = begin; row < end; row++) {
      const T* from = x + row * s.channels;
      const int64_t group = row / s.rows_per_group() * s.channels;
      const float inverse = inverse_norm(from, s.channels);
      for (int64_t c = 0; c < s.channels; c += kVector) {
        const int64_t left = s.channels - c;
        const Vector z = load_some(from + c, left) * inverse * load_some(gain + group + c, left) + load_some(shift + group + c, left);
        const Vector more = skip ? load_some(skip + row * s.channels + c, left) : Vector{};
        store_some(out + row * s.channels + c, z / (1.0f + exp(-z)) + more, left);
      }
    }
  });
}

// The gradients of gain and shift are sums over the rows of a group, in parts of fixed size that are added in order.
template <typename T>
void norm_backward(const NormShape& s, const T* x, const float* gain, const float* shift, const T* grad, T* grad_x,
                   float* grad_gain, float* grad_shift) {
  const int64_t parts = std::max<int64_t>(1, kParts / s.groups), per_group = s.rows_per_group();
  std::vector<float> sums(s.groups * parts * 2 * s.channels, 0.0f);
  parallel_for(0, s.groups * parts, 1, [&](int64_t first, int64_t last) {
    std::vector<float> slopes(s.channels + kVector);
    for (int64_t index = first; index < last; index++) {
      const int64_t group = index / parts, part = index % parts;
      const float *a = gain + group * s.channels, *b = shift + group * s.channels;
      float *sum_gain = &sums[index * 2 * s.channels], *sum_shift = sum_gain + s.channels;
      for (int64_t r = part * per_group / parts; r < (part + 1) * per_group / parts; r++) {
        const T *from = x + (group * per_group + r) * s.channels, *by = grad + (from - x);
        const float inverse = inverse_norm(from, s.channels);
        Vector along = {};
        for (int64_t c = 0; c < s.channels; c += kVector) {
          const int64_t left = s.channels - c;
          const Vector unit = load_some(from + c, left) * inverse, factor = load_some(a + c, left), z = unit * factor + load_some(b + c, left);
          const Vector sigmoid = logistic(z);
          const Vector gz = load_some(by + c, left) * sigmoid * (1.0f + z * (1.0f - sigmoid));
          store_some(sum_gain + c, load_some(sum_gain + c, left) + gz * unit, left);
          store_some(sum_shift + c, load_some(sum_shift + c, left) + gz, left);
          const Vector slope = gz * factor;
          store(&slopes[c], slope);
          along += slope * unit;
        }
        const float projection = sum(along) * inverse;
        for (int64_t c = 0; c < s.channels; c += kVector)
          store_some(grad_x + (from - x) + c, inverse * (load(&slopes[c]) - load_some(from + c, s.channels - c) * projection), s.channels - c);
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

// Factors γ √C (1 + scale), and shifts to add, for each group: (groups, C).
struct Modulated {
  NormShape shape;
  float root;  // √C
  std::vector<float> factor, gain, shift;

  // The modulation (groups, 2 C) holds the scales, followed by the shifts. Without a modulation, all of them are zero.
  Modulated(const Tensor& x, const Tensor& gamma, const Tensor& modulation)
      : shape{x.count() / x.size(-1), x.size(-1), modulation.is_given() ? modulation.count() / (2 * x.size(-1)) : 1},
        root(std::sqrt(float(shape.channels))) {
    require(gamma.count() == shape.channels && (!modulation.is_given() || modulation.size(-1) == 2 * shape.channels),
            "expects x (..., C), a gain (C) and a modulation (groups, 2 C)");
    require(shape.groups > 0 && shape.rows % shape.groups == 0, shape.rows, " rows cannot be shared by ", shape.groups, " groups");
    const std::vector<float> none(modulation.is_given() ? 0 : 2 * shape.channels, 0.0f);
    const float *scale = modulation.is_given() ? floats(modulation) : none.data(), *const of_gamma = floats(gamma);
    for (int64_t g = 0; g < shape.groups; g++, scale += 2 * shape.channels)
      for (int64_t c = 0; c < shape.channels; c++) {
        factor.push_back(root * (1.0f + scale[c]));
        gain.push_back(factor.back() * of_gamma[c]);
        shift.push_back(scale[shape.channels + c]);
      }
  }
};

}  // namespace

// If there is a float32 skip connection, the result is also float32.
void norm_silu(const Tensor& x, const Tensor& gamma, const Tensor& modulation, const Tensor& skip, const Tensor& out) {
  const Modulated m(x, gamma, modulation);
  require(!skip.is_given() || (skip.count() == x.count() && skip.size(-1) == x.size(-1)), "expects a skip connection with the shape of x");
  by_type(x, [&](auto type) {
    using T = decltype(type);
    const auto to = [&](const float* around, auto* result) {
      norm_forward(m.shape, x.data_of<T>(), m.gain.data(), m.shift.data(), around, result);
    };
    if (skip.is_given())
      to(floats(skip), floats(out));
    else
      to(nullptr, out.data_of<T>());
  });
}

void norm_silu_backward(const Tensor& x, const Tensor& gamma, const Tensor& modulation, const Tensor& grad, const Tensor& grad_x, const Tensor& grad_gamma,
                        const Tensor& grad_modulation) {
  const Modulated m(x, gamma, modulation);
  const int64_t channels = m.shape.channels;
  std::vector<float> grad_gain(m.gain.size(), 0.0f), grad_shift(m.gain.size(), 0.0f);
  by_type(x, [&](auto type) {
    using T = decltype(type);
    norm_backward(m.shape, x.data_of<T>(), m.gain.data(), m.shift.data(), grad.data_of<T>(), grad_x.data_of<T>(), grad_gain.data(), grad_shift.data());
  });
  float *const to_gamma = floats(grad_gamma), *const to_modulation = modulation.is_given() ? floats(grad_modulation) : nullptr;
  const float* const of_gamma = floats(gamma);
  std::fill_n(to_gamma, channels, 0.0f);
  for (int64_t g = 0; g < m.shape.groups; g++)
    for (int64_t c = 0; c < channels; c++) {
      const int64_t at = g * channels + c;
      to_gamma[c] += m.factor[at] * grad_gain[at];
      if (!to_modulation) continue;
      float* const to = to_modulation + g * 2 * channels + c;
      to[0] = m.root * of_gamma[c] * grad_gain[at];
      to[channels] = grad_shift[at];
    }
}

}  // namespace VARIANT
