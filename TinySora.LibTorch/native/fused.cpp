// Fused CPU kernels, forward and backward, for the two places where a composition of operators spends its time moving
// memory: attention over a handful of frames, and RMS norm + scale + shift + SiLU. Both compute in float32 whatever
// their input's type, in one pass over it. Sums over many rows are split into a fixed number of parts that are added in
// order, so that results do not depend on the number of threads.
//
// Compiled for the processor it runs on (-march=native): this library is built on the machine that uses it.

#include <cmath>
#include <cstdint>
#include <string>
#include <vector>

#include <ATen/ATen.h>
#include <ATen/Parallel.h>
#include <torch/csrc/autograd/custom_function.h>

namespace {

using at::Tensor;
using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

constexpr int64_t kParts = 64;

inline float load(float value) { return value; }
inline float load(at::BFloat16 value) { return __builtin_bit_cast(float, uint32_t(value.x) << 16); }

inline void store(float& to, float value) { to = value; }
inline void store(at::BFloat16& to, float value) {
  const uint32_t bits = __builtin_bit_cast(uint32_t, value);
  to.x = uint16_t((bits + 0x7fff + ((bits >> 16) & 1)) >> 16);  // to nearest, ties to even
}

// e^x to some 1e-7 without a branch, so that loops over it vectorise (Cephes): 2^n e^r, |r| <= ln(2) / 2. Adding 1.5 * 2^23
// leaves the rounded n in the low bits.
inline float fast_exp(float x) {
  x = x < -87.0f ? -87.0f : x;
  x = x > 88.0f ? 88.0f : x;
  constexpr float magic = 12582912.0f;
  const float shifted = x * 1.44269504f + magic;
  const float n = shifted - magic;
  const float r = (x - n * 0.693359375f) + n * 2.12194440e-4f;
  float p = 1.9875691500e-4f;
  p = p * r + 1.3981999507e-3f;
  p = p * r + 8.3334519073e-3f;
  p = p * r + 4.1665795894e-2f;
  p = p * r + 1.6666665459e-1f;
  p = p * r + 5.0000001201e-1f;
  p = p * r * r + r + 1.0f;
  return p * __builtin_bit_cast(float, (__builtin_bit_cast(uint32_t, shifted) + 127) << 23);
}

// ---- attention over frames ----

struct AttentionShape {
  int64_t clips, frames, positions, heads, width;
  int64_t inner() const { return heads * width; }
};

// One position's queries, keys and values of one head, turned by the rotary embedding, and its probabilities.
struct AttentionTile {
  std::vector<float> q, k, v, p;
  explicit AttentionTile(const AttentionShape& s)
      : q(s.frames * s.width), k(q.size()), v(q.size()), p(s.frames * s.frames) {}

  template <typename T>
  void fill(const AttentionShape& s, const T* qkv, int64_t row_stride, const float* turns, const float* bias) {
    const int64_t d = s.width;
    for (int64_t t = 0; t < s.frames; t++) {
      const T* row = qkv + t * row_stride;
      const float* turn = turns + t * d;
      for (int64_t i = 0; i < d; i += 2) {
        const float c = turn[i], n = turn[i + 1];
        const float q0 = load(row[i]), q1 = load(row[i + 1]);
        const float k0 = load(row[s.inner() + i]), k1 = load(row[s.inner() + i + 1]);
        q[t * d + i] = q0 * c - q1 * n;
        q[t * d + i + 1] = q1 * c + q0 * n;
        k[t * d + i] = k0 * c - k1 * n;
        k[t * d + i + 1] = k1 * c + k0 * n;
      }
      for (int64_t i = 0; i < d; i++) v[t * d + i] = load(row[2 * s.inner() + i]);
    }
    for (int64_t i = 0; i < s.frames; i++) {
      float* row = &p[i * s.frames];
      float largest = -INFINITY;
      for (int64_t j = 0; j < s.frames; j++) {
        float sum = 0;
#pragma omp simd reduction(+ : sum)
        for (int64_t x = 0; x < d; x++) sum += q[i * d + x] * k[j * d + x];
        row[j] = sum + bias[i * s.frames + j];
        largest = std::max(largest, row[j]);
      }
      float total = 0;
      for (int64_t j = 0; j < s.frames; j++) total += row[j] = fast_exp(row[j] - largest);
      for (int64_t j = 0; j < s.frames; j++) row[j] /= total;
    }
  }
};

template <typename T>
void attention_forward(const AttentionShape& s, const T* qkv, const float* turns, const float* bias, T* out) {
  const int64_t in_row = s.positions * 3 * s.inner(), out_row = s.positions * s.inner();
  at::parallel_for(0, s.clips * s.positions, 16, [&](int64_t begin, int64_t end) {
    AttentionTile tile(s);
    std::vector<float> mixed(s.width);
    for (int64_t item = begin; item < end; item++) {
      const int64_t clip = item / s.positions, position = item % s.positions;
      const T* in = qkv + clip * s.frames * in_row + position * 3 * s.inner();
      T* to = out + clip * s.frames * out_row + position * s.inner();
      for (int64_t h = 0; h < s.heads; h++) {
        tile.fill(s, in + h * s.width, in_row, turns, bias + h * s.frames * s.frames);
        for (int64_t i = 0; i < s.frames; i++) {
          std::fill(mixed.begin(), mixed.end(), 0.0f);
          for (int64_t j = 0; j < s.frames; j++) {
            const float weight = tile.p[i * s.frames + j];
#pragma omp simd
            for (int64_t x = 0; x < s.width; x++) mixed[x] += weight * tile.v[j * s.width + x];
          }
          for (int64_t x = 0; x < s.width; x++) store(to[i * out_row + h * s.width + x], mixed[x]);
        }
      }
    }
  });
}

template <typename T>
void attention_backward(const AttentionShape& s, const T* qkv, const float* turns, const float* bias, const T* grad,
                        T* grad_qkv, float* grad_bias) {
  const int64_t in_row = s.positions * 3 * s.inner(), out_row = s.positions * s.inner();
  const int64_t items = s.clips * s.positions, squares = s.frames * s.frames, d = s.width;
  std::vector<float> parts(kParts * s.heads * squares, 0.0f);
  at::parallel_for(0, kParts, 1, [&](int64_t first, int64_t last) {
    AttentionTile tile(s);
    std::vector<float> go(s.frames * d), gq(go.size()), gk(go.size()), gv(go.size()), gs(squares);
    for (int64_t part = first; part < last; part++) {
      for (int64_t item = part * items / kParts; item < (part + 1) * items / kParts; item++) {
        const int64_t clip = item / s.positions, position = item % s.positions;
        const int64_t offset = clip * s.frames * in_row + position * 3 * s.inner();
        const T* from = grad + clip * s.frames * out_row + position * s.inner();
        for (int64_t h = 0; h < s.heads; h++) {
          tile.fill(s, qkv + offset + h * d, in_row, turns, bias + h * squares);
          for (int64_t t = 0; t < s.frames; t++)
            for (int64_t x = 0; x < d; x++) go[t * d + x] = load(from[t * out_row + h * d + x]);
          std::fill(gq.begin(), gq.end(), 0.0f);
          std::fill(gk.begin(), gk.end(), 0.0f);
          std::fill(gv.begin(), gv.end(), 0.0f);
          float* bias_part = &parts[(part * s.heads + h) * squares];
          for (int64_t i = 0; i < s.frames; i++) {
            const float* p = &tile.p[i * s.frames];
            float* g = &gs[i * s.frames];
            float weighted = 0;
            for (int64_t j = 0; j < s.frames; j++) {
              float sum = 0;
#pragma omp simd reduction(+ : sum)
              for (int64_t x = 0; x < d; x++) sum += go[i * d + x] * tile.v[j * d + x];
              g[j] = sum;
              weighted += sum * p[j];
            }
            for (int64_t j = 0; j < s.frames; j++) {
              g[j] = p[j] * (g[j] - weighted);
              bias_part[i * s.frames + j] += g[j];
#pragma omp simd
              for (int64_t x = 0; x < d; x++) {
                gv[j * d + x] += p[j] * go[i * d + x];
                gq[i * d + x] += g[j] * tile.k[j * d + x];
                gk[j * d + x] += g[j] * tile.q[i * d + x];
              }
            }
          }
          for (int64_t t = 0; t < s.frames; t++) {
            T* to = grad_qkv + offset + t * in_row + h * d;
            const float* turn = turns + t * d;
            for (int64_t x = 0; x < d; x += 2) {  // the turn back
              const float c = turn[x], n = turn[x + 1];
              const float *q = &gq[t * d + x], *k = &gk[t * d + x];
              store(to[x], q[0] * c + q[1] * n);
              store(to[x + 1], q[1] * c - q[0] * n);
              store(to[s.inner() + x], k[0] * c + k[1] * n);
              store(to[s.inner() + x + 1], k[1] * c - k[0] * n);
            }
            for (int64_t x = 0; x < d; x++) store(to[2 * s.inner() + x], gv[t * d + x]);
          }
        }
      }
    }
  });
  for (int64_t part = 0; part < kParts; part++)
    for (int64_t i = 0; i < s.heads * squares; i++) grad_bias[i] += parts[part * s.heads * squares + i];
}

struct TemporalAttention : torch::autograd::Function<TemporalAttention> {
  static Tensor forward(AutogradContext* context, Tensor qkv, Tensor turns, Tensor bias) {
    qkv = qkv.contiguous();
    turns = turns.contiguous();
    bias = bias.contiguous();
    context->save_for_backward({qkv, turns, bias});
    const auto s = shape(qkv, turns, bias);
    auto out = at::empty({s.clips, s.frames, s.positions, s.inner()}, qkv.options());
    const float *turn = turns.data_ptr<float>(), *b = bias.data_ptr<float>();
    if (qkv.scalar_type() == at::kBFloat16)
      attention_forward(s, qkv.data_ptr<at::BFloat16>(), turn, b, out.data_ptr<at::BFloat16>());
    else
      attention_forward(s, qkv.data_ptr<float>(), turn, b, out.data_ptr<float>());
    return out;
  }

  static variable_list backward(AutogradContext* context, variable_list gradients) {
    auto saved = context->get_saved_variables();
    const Tensor &qkv = saved[0], &turns = saved[1], &bias = saved[2];
    const auto s = shape(qkv, turns, bias);
    auto grad = gradients[0].to(qkv.scalar_type()).contiguous();
    auto grad_qkv = at::empty_like(qkv);
    auto grad_bias = at::zeros_like(bias);
    const float *turn = turns.data_ptr<float>(), *b = bias.data_ptr<float>();
    float* gb = grad_bias.data_ptr<float>();
    if (qkv.scalar_type() == at::kBFloat16)
      attention_backward(s, qkv.data_ptr<at::BFloat16>(), turn, b, grad.data_ptr<at::BFloat16>(),
                         grad_qkv.data_ptr<at::BFloat16>(), gb);
    else
      attention_backward(s, qkv.data_ptr<float>(), turn, b, grad.data_ptr<float>(), grad_qkv.data_ptr<float>(), gb);
    return {grad_qkv, Tensor(), grad_bias};
  }

  static AttentionShape shape(const Tensor& qkv, const Tensor& turns, const Tensor& bias) {
    TORCH_CHECK(qkv.dim() == 4 && turns.dim() == 2 && bias.dim() == 3, "expects qkv (A, T, M, 3*h*d), turns (T, d), bias (h, T, T)");
    AttentionShape s{qkv.size(0), qkv.size(1), qkv.size(2), bias.size(0), turns.size(1)};
    TORCH_CHECK(qkv.size(3) == 3 * s.inner() && s.width % 2 == 0 && turns.size(0) == s.frames && bias.size(1) == s.frames,
                "shapes do not fit: qkv ", qkv.sizes(), ", turns ", turns.sizes(), ", bias ", bias.sizes());
    TORCH_CHECK(turns.scalar_type() == at::kFloat && bias.scalar_type() == at::kFloat, "turns and bias must be float32");
    return s;
  }
};

// ---- RMS norm, scale, shift, SiLU ----

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

void require_cpu_float(const Tensor& x) {
  TORCH_CHECK(x.device().is_cpu() && (x.scalar_type() == at::kFloat || x.scalar_type() == at::kBFloat16),
              "expects a float32 or bfloat16 tensor on the CPU, got ", x.scalar_type(), " on ", x.device());
}

}  // namespace

// What shim.cpp exports of this file.
Tensor fused_temporal_attention(const Tensor& qkv, const Tensor& turns, const Tensor& bias) {
  require_cpu_float(qkv);
  return TemporalAttention::apply(qkv, turns, bias);
}

Tensor fused_norm_silu(const Tensor& x, const Tensor& gain, const Tensor& shift) {
  require_cpu_float(x);
  return NormSilu::apply(x, gain, shift);
}
