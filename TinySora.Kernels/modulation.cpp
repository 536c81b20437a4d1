// Conditioning of the tokens in a diffusion transformer: shift and scale after a norm, and gates for residual branches.
// Composed operators would take half a dozen passes over memory for each.

#include "row_norm.h"

namespace VARIANT {
namespace {

// Examples that consist of rows of channels. The rows of each example are divided into parts of fixed size, which run in parallel.
struct ModulationShape {
  int64_t examples, rows, channels, parts;

  ModulationShape(const Tensor& x, const Tensor& condition)
      : examples(condition.size(0)), rows(x.count() / condition.count()), channels(condition.size(1)),
        parts(std::min(rows, std::max<int64_t>(1, kParts / examples))) {}

  // Calls work(example, index of the part among all parts, first row, row after the last), with rows counted over all examples.
  template <typename Work>
  void in_parts(Work work) const {
    parallel_for(0, examples * parts, std::max<int64_t>(1, (1 << 14) * parts / (rows * channels)), [&](int64_t begin, int64_t end) {
      for (int64_t i = begin; i < end; i++) work(i / parts, i, i / parts * rows + i % parts * rows / parts, i / parts * rows + (i % parts + 1) * rows / parts);
    });
  }

  // Adds up the sums that each part has stored at index `place` of `places`. The result is (B, C).
  void total(const std::vector<float>& sums, int64_t place, int64_t places, float* result) const {
    std::fill_n(result, examples * channels, 0.0f);
    for (int64_t i = 0; i < examples * parts; i++)
      for (int64_t c = 0; c < channels; c += kVector) {
        float* const to = result + i / parts * channels + c;
        store(to, load(to) + load(&sums[(i * places + place) * channels + c]));
      }
  }
};

void require_modulation(const Tensor& x, const Tensor& condition) {
  require(x.dimensions > 1 && x.count() > 0 && condition.dimensions == 2 && condition.size(0) == x.size(0) && condition.size(1) == x.size(-1) &&
              x.size(-1) % kRow == 0,
          "expects x (B, ..., C) and a condition (B, C) with C a multiple of 16");
}

template <typename T>
void norm_forward(const ModulationShape& s, const float* x, const float* shift, const float* scale, T* out, RowNorm* norms) {
  s.in_parts([&](int64_t example, int64_t, int64_t begin, int64_t end) {
    const float *const up = shift + example * s.channels, *const by = scale + example * s.channels;
    for (int64_t row = begin; row < end; row++) {
      const float* const from = x + row * s.channels;
      const RowNorm norm(from, s.channels, 1e-6f);
      for (int64_t c = 0; c < s.channels; c += kVector)
        store(out + row * s.channels + c, norm(load(from + c)) * (load(by + c) + 1.0f) + load(up + c));
      norms[row] = norm;
    }
  });
}

template <typename T>
void norm_backward(const ModulationShape& s, const float* x, const float* scale, const RowNorm* norms, const T* grad, float* grad_x, float* sums) {
  s.in_parts([&](int64_t example, int64_t part, int64_t begin, int64_t end) {
    const float* const by = scale + example * s.channels;
    float *const of_shift = sums + part * 2 * s.channels, *const of_scale = of_shift + s.channels;
    for (int64_t row = begin; row < end; row++) {
      const float* const from = x + row * s.channels;
      const T* const slopes = grad + row * s.channels;
      const RowNorm norm = norms[row];
      Vector levels = {}, along = {};
      for (int64_t c = 0; c < s.channels; c += kVector) {
        const Vector g = load(slopes + c), unit = norm(load(from + c)), slope = g * (load(by + c) + 1.0f);
        store(of_shift + c, load(of_shift + c) + g);
        store(of_scale + c, load(of_scale + c) + g * unit);
        levels += slope;
        along += slope * unit;
      }
      const float level = sum(levels) / s.channels, tilt = sum(along) / s.channels;
      for (int64_t c = 0; c < s.channels; c += kVector) {
        const Vector unit = norm(load(from + c));
        store(grad_x + row * s.channels + c, norm.inverse * (load(slopes + c) * (load(by + c) + 1.0f) - level - unit * tilt));
      }
    }
  });
}

}  // namespace

void modulated_norm(const Tensor& x, const Tensor& shift, const Tensor& scale, const Tensor& out, const Tensor& statistics) {
  require_modulation(x, shift);
  require_modulation(x, scale);
  by_type(out, [&](auto type) {
    norm_forward(ModulationShape(x, scale), floats(x), floats(shift), floats(scale), out.data_of<decltype(type)>(), RowNorm::of(statistics));
  });
}

void modulated_norm_backward(const Tensor& x, const Tensor& scale, const Tensor& statistics, const Tensor& grad, const Tensor& grad_x, const Tensor& grad_shift,
                             const Tensor& grad_scale) {
  require_modulation(x, scale);
  const ModulationShape s(x, scale);
  std::vector<float> sums(s.examples * s.parts * 2 * s.channels, 0.0f);
  by_type(grad, [&](auto type) {
    norm_backward(s, floats(x), floats(scale), RowNorm::of(statistics), grad.data_of<decltype(type)>(), floats(grad_x), sums.data());
  });
  s.total(sums, 0, 2, floats(grad_shift));
  s.total(sums, 1, 2, floats(grad_scale));
}

void gate(const Tensor& x, const Tensor& gate, const Tensor& y, const Tensor& out) {
  require_modulation(x, gate);
  require(x.count() == y.count(), "expects tensors of equal shapes");
  const ModulationShape s(x, gate);
  by_type(y, [&](auto type) {
    const auto* const added = y.data_of<decltype(type)>();
    const float *const from = floats(x), *const gates = floats(gate);
    float* const to = floats(out);
    s.in_parts([&](int64_t example, int64_t, int64_t begin, int64_t end) {
      for (int64_t at = begin * s.channels; at < end * s.channels; at += s.channels)
        for (int64_t c = 0; c < s.channels; c += kVector)
          store(to + at + c, load(from + at + c) + load(gates + example * s.channels + c) * load(added + at + c));
    });
  });
}

// The gradient of x equals the gradient of the result.
void gate_backward(const Tensor& gate, const Tensor& y, const Tensor& grad, const Tensor& grad_gate, const Tensor& grad_y) {
  require_modulation(y, gate);
  const ModulationShape s(y, gate);
  std::vector<float> sums(s.examples * s.parts * s.channels, 0.0f);
  by_type(y, [&](auto type) {
    using T = decltype(type);
    const T* const added = y.data_of<T>();
    const float *const slopes = floats(grad), *const gates = floats(gate);
    T* const to = grad_y.data_of<T>();
    s.in_parts([&](int64_t example, int64_t part, int64_t begin, int64_t end) {
      float* const of_gate = &sums[part * s.channels];
      for (int64_t at = begin * s.channels; at < end * s.channels; at += s.channels)
        for (int64_t c = 0; c < s.channels; c += kVector) {
          const Vector slope = load(slopes + at + c);
          store(to + at + c, slope * load(gates + example * s.channels + c));
          store(of_gate + c, load(of_gate + c) + slope * load(added + at + c));
        }
    });
  });
  s.total(sums, 0, 1, floats(grad_gate));
}

}  // namespace VARIANT
