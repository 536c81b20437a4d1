// Softmax attention of each position over a handful of frames, with rotary embedding and a bias: composed of operators it is
// thousands of products of five by five.

#include "fused.h"

namespace {

using namespace fused;

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

}  // namespace

// Exported by shim.cpp.
at::Tensor fused_temporal_attention(const at::Tensor& qkv, const at::Tensor& turns, const at::Tensor& bias) {
  fused::require_cpu_float(qkv);
  return TemporalAttention::apply(qkv, turns, bias);
}
