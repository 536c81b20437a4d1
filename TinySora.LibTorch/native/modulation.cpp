// What a condition does to the tokens of a diffusion transformer: it shifts and scales what is normed, and gates what is added.
// Composed of operators each is half a dozen passes over memory.

#include "fused.h"

namespace {

using namespace fused;

// Examples of rows of channels, each example's rows in parts of fixed extent, which are worked on in parallel.
struct ModulationShape {
  int64_t examples, rows, channels, parts;

  ModulationShape(const Tensor& x, const Tensor& condition)
      : examples(condition.size(0)), rows(x.numel() / condition.numel()), channels(condition.size(1)),
        parts(std::min(rows, std::max<int64_t>(1, kParts / examples))) {}

  // work(example, part's number among all, first row, row after the last), rows counted over all examples
  template <typename Work>
  void in_parts(Work work) const {
    at::parallel_for(0, examples * parts, std::max<int64_t>(1, (1 << 14) * parts / (rows * channels)), [&](int64_t begin, int64_t end) {
      for (int64_t i = begin; i < end; i++) work(i / parts, i, i / parts * rows + i % parts * rows / parts, i / parts * rows + (i % parts + 1) * rows / parts);
    });
  }

  // (B, C), out of sums that each part has at some place of so many.
  Tensor total(const std::vector<float>& sums, int64_t place, int64_t places) const {
    auto result = at::zeros({examples, channels});
    for (int64_t i = 0; i < examples * parts; i++)
      for (int64_t c = 0; c < channels; c += kVector) {
        float* const to = result.data_ptr<float>() + i / parts * channels + c;
        store(to, load(to) + load(&sums[(i * places + place) * channels + c]));
      }
    return result;
  }
};

void require_modulation(const Tensor& x, const Tensor& condition) {
  require_cpu_float(x);
  TORCH_CHECK(x.dim() > 1 && x.numel() > 0 && condition.scalar_type() == at::kFloat && condition.dim() == 2 && condition.size(0) == x.size(0) &&
                  condition.size(1) == x.size(-1) && x.size(-1) % kRow == 0,
              "expects x (B, ..., C) and a float32 condition (B, C), C a multiple of 16; got ", x.sizes(), ", ", condition.sizes());
}

struct Statistics {
  float mean, inverse;
};

template <typename T>
void norm_forward(const ModulationShape& s, const float* x, const float* shift, const float* scale, T* out, Statistics* statistics) {
  s.in_parts([&](int64_t example, int64_t, int64_t begin, int64_t end) {
    const float *const up = shift + example * s.channels, *const by = scale + example * s.channels;
    for (int64_t row = begin; row < end; row++) {
      const float* const from = x + row * s.channels;
      Vector total = {}, squares = {};
      for (int64_t c = 0; c < s.channels; c += kVector) total += load(from + c);
      const float mean = sum(total) / s.channels;
      for (int64_t c = 0; c < s.channels; c += kVector) {
        const Vector apart = load(from + c) - mean;
        squares += apart * apart;
      }
      const float inverse = 1.0f / std::sqrt(sum(squares) / s.channels + 1e-6f);
      for (int64_t c = 0; c < s.channels; c += kVector)
        store(out + row * s.channels + c, (load(from + c) - mean) * inverse * (load(by + c) + 1.0f) + load(up + c));
      statistics[row] = {mean, inverse};
    }
  });
}

template <typename T>
void norm_backward(const ModulationShape& s, const float* x, const float* scale, const Statistics* statistics, const T* grad, float* grad_x, float* sums) {
  s.in_parts([&](int64_t example, int64_t part, int64_t begin, int64_t end) {
    const float* const by = scale + example * s.channels;
    float *const of_shift = sums + part * 2 * s.channels, *const of_scale = of_shift + s.channels;
    for (int64_t row = begin; row < end; row++) {
      const float* const from = x + row * s.channels;
      const T* const slopes = grad + row * s.channels;
      const auto [mean, inverse] = statistics[row];
      Vector levels = {}, along = {};
      for (int64_t c = 0; c < s.channels; c += kVector) {
        const Vector g = load(slopes + c), unit = (load(from + c) - mean) * inverse, slope = g * (load(by + c) + 1.0f);
        store(of_shift + c, load(of_shift + c) + g);
        store(of_scale + c, load(of_scale + c) + g * unit);
        levels += slope;
        along += slope * unit;
      }
      const float level = sum(levels) / s.channels, tilt = sum(along) / s.channels;
      for (int64_t c = 0; c < s.channels; c += kVector) {
        const Vector unit = (load(from + c) - mean) * inverse;
        store(grad_x + row * s.channels + c, inverse * (load(slopes + c) * (load(by + c) + 1.0f) - level - unit * tilt));
      }
    }
  });
}

struct ModulatedNorm : torch::autograd::Function<ModulatedNorm> {
  static Tensor forward(AutogradContext* context, Tensor x, Tensor shift, Tensor scale, bool narrow) {
    const ModulationShape s(x, scale);
    const auto out = at::empty(x.sizes(), x.options().dtype(narrow ? at::kBFloat16 : at::kFloat));
    const auto statistics = at::empty({s.examples * s.rows, 2}, x.options());
    context->save_for_backward({x, scale, statistics});
    by_type(out, [&](auto type) {
      using T = decltype(type);
      norm_forward(s, x.data_ptr<float>(), shift.data_ptr<float>(), scale.data_ptr<float>(), out.data_ptr<T>(),
                   reinterpret_cast<Statistics*>(statistics.data_ptr<float>()));
    });
    return out;
  }

  static variable_list backward(AutogradContext* context, variable_list gradients) {
    const auto saved = context->get_saved_variables();
    const Tensor &x = saved[0], &scale = saved[1], &statistics = saved[2];
    const ModulationShape s(x, scale);
    const auto by = gradients[0].contiguous(), grad_x = at::empty_like(x);
    std::vector<float> sums(s.examples * s.parts * 2 * s.channels, 0.0f);
    by_type(by, [&](auto type) {
      norm_backward(s, x.data_ptr<float>(), scale.data_ptr<float>(), reinterpret_cast<const Statistics*>(statistics.data_ptr<float>()),
                    by.data_ptr<decltype(type)>(), grad_x.data_ptr<float>(), sums.data());
    });
    return {grad_x, s.total(sums, 0, 2), s.total(sums, 1, 2), Tensor()};
  }
};

struct Gate : torch::autograd::Function<Gate> {
  static Tensor forward(AutogradContext* context, Tensor x, Tensor gate, Tensor y) {
    context->save_for_backward({gate, y});
    const ModulationShape s(x, gate);
    const auto out = at::empty_like(x);
    by_type(y, [&](auto type) {
      const auto* const added = y.data_ptr<decltype(type)>();
      const float *const from = x.data_ptr<float>(), *const gates = gate.data_ptr<float>();
      float* const to = out.data_ptr<float>();
      s.in_parts([&](int64_t example, int64_t, int64_t begin, int64_t end) {
        for (int64_t at = begin * s.channels; at < end * s.channels; at += s.channels)
          for (int64_t c = 0; c < s.channels; c += kVector)
            store(to + at + c, load(from + at + c) + load(gates + example * s.channels + c) * load(added + at + c));
      });
    });
    return out;
  }

  static variable_list backward(AutogradContext* context, variable_list gradients) {
    const auto saved = context->get_saved_variables();
    const Tensor &gate = saved[0], &y = saved[1];
    const ModulationShape s(y, gate);
    const auto by = gradients[0].contiguous(), grad_y = at::empty_like(y);
    std::vector<float> sums(s.examples * s.parts * s.channels, 0.0f);
    by_type(y, [&](auto type) {
      using T = decltype(type);
      const T* const added = y.data_ptr<T>();
      const float *const slopes = by.data_ptr<float>(), *const gates = gate.data_ptr<float>();
      T* const to = grad_y.data_ptr<T>();
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
    return {by, s.total(sums, 0, 1), grad_y};
  }
};

}  // namespace

// Exported by kernels.cpp, like what follows.
at::Tensor fused_modulated_norm(const at::Tensor& x, const at::Tensor& shift, const at::Tensor& scale, bool narrow) {
  require_modulation(x, shift);
  require_modulation(x, scale);
  return ModulatedNorm::apply(x.to(at::kFloat).contiguous(), shift.contiguous(), scale.contiguous(), narrow);
}
at::Tensor fused_gate(const at::Tensor& x, const at::Tensor& gate, const at::Tensor& y) {
  require_modulation(x, gate);
  fused::require_cpu_float(y);
  TORCH_CHECK(x.sizes() == y.sizes(), "expects tensors of one shape, got ", x.sizes(), ", ", y.sizes());
  return Gate::apply(x.to(at::kFloat).contiguous(), gate.contiguous(), y.contiguous());
}
