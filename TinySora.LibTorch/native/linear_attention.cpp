// Attention over positions at linear cost (Shen et al. 2018): queries are softmaxed over features, keys over positions, and keys
// and values meet in one context per head. Composed of operators it is a dozen passes over the largest tensors of the network.

#include "fused.h"

namespace {

using namespace fused;

constexpr int64_t kWidth = 32;  // of a head
constexpr int64_t kRows = 32;   // positions worked on at a time

typedef float Tile[kRows][kWidth];

struct LinearShape {
  int64_t frames, positions, heads;
  int64_t inner() const { return heads * kWidth; }
  int64_t items() const { return frames * heads; }
};

// c += a b, or aᵀ b, eight rows of c at a time in registers.
template <bool Transposed>
void add_product(const Tile& a, const Tile& b, Tile& c) {
  constexpr int block = 8;
  for (int64_t first = 0; first < kRows; first += block) {
    Vector left[block], right[block];
#pragma GCC unroll 8
    for (int i = 0; i < block; i++) {
      left[i] = load(c[first + i]);
      right[i] = load(c[first + i] + kVector);
    }
    for (int64_t k = 0; k < kRows; k++) {
      const Vector b0 = load(b[k]), b1 = load(b[k] + kVector);
#pragma GCC unroll 8
      for (int i = 0; i < block; i++) {
        const float factor = Transposed ? a[k][first + i] : a[first + i][k];
        left[i] += factor * b0;
        right[i] += factor * b1;
      }
    }
#pragma GCC unroll 8
    for (int i = 0; i < block; i++) {
      store(c[first + i], left[i]);
      store(c[first + i] + kVector, right[i]);
    }
  }
}

// What the softmax of a head's keys over positions needs: the largest of each feature, and one over the sum of e^(k - largest).
struct KeyScale {
  float largest[kWidth], share[kWidth];
};

// One head of one frame: a matrix of positions x 32 whose rows lie `stride` apart.
template <typename T>
struct Head {
  T* data;
  int64_t stride, positions;

  // Rows from `first` on, zeros beyond the last.
  void read(int64_t first, Tile& to) const {
    for (int64_t r = 0; r < kRows; r++)
      for (int64_t x = 0; x < kWidth; x += kVector)
        store(to[r] + x, first + r < positions ? load(data + (first + r) * stride + x) : Vector{});
  }

  void write(int64_t first, const Tile& from) const {
    for (int64_t r = 0; r < std::min(kRows, positions - first); r++)
      for (int64_t x = 0; x < kWidth; x += kVector) store(data + (first + r) * stride + x, load(from[r] + x));
  }

  void read_queries(int64_t first, Tile& to) const {
    read(first, to);
    for (auto& row : to) {
      const float top = largest(larger(load(row), load(row + kVector)));
      const Vector left = exp(load(row) - top), right = exp(load(row + kVector) - top);
      const float share = 1.0f / sum(left + right);
      store(row, left * share);
      store(row + kVector, right * share);
    }
  }

  void read_keys(int64_t first, const KeyScale& scale, Tile& to) const {
    for (int64_t r = 0; r < kRows; r++)
      for (int64_t x = 0; x < kWidth; x += kVector)
        store(to[r] + x, first + r < positions
                             ? exp(load(data + (first + r) * stride + x) - load(scale.largest + x)) * load(scale.share + x)
                             : Vector{});
  }

  KeyScale key_scale() const {
    KeyScale scale;
    for (int64_t x = 0; x < kWidth; x += kVector) {
      Vector top = load(data + x), total = {};
      for (int64_t r = 1; r < positions; r++) top = larger(top, load(data + r * stride + x));
      for (int64_t r = 0; r < positions; r++) total += exp(load(data + r * stride + x) - top);
      store(scale.largest + x, top);
      store(scale.share + x, 1.0f / total);
    }
    return scale;
  }
};

template <typename T>
Head<T> head(const LinearShape& s, T* tensor, int64_t parts, int64_t part, int64_t item) {
  const int64_t row = parts * s.inner(), frame = item / s.heads, h = item % s.heads;
  return {tensor + frame * s.positions * row + part * s.inner() + h * kWidth, row, s.positions};
}

// Leaves the contexts (times 32^-1/2) and the scales of the keys for the backward pass.
template <typename T>
void linear_forward(const LinearShape& s, const T* qkv, T* out, Tile* contexts, KeyScale* scales) {
  at::parallel_for(0, s.items(), 1, [&](int64_t begin, int64_t end) {
    Tile a, b;
    for (int64_t item = begin; item < end; item++) {
      const auto q = head(s, qkv, 3, 0, item), k = head(s, qkv, 3, 1, item), v = head(s, qkv, 3, 2, item);
      Tile& context = contexts[item];
      scales[item] = k.key_scale();
      std::memset(context, 0, sizeof context);
      for (int64_t first = 0; first < s.positions; first += kRows) {
        k.read_keys(first, scales[item], a);
        v.read(first, b);
        add_product<true>(a, b, context);
      }
      for (auto& row : context)
        for (float& value : row) value *= 1.0f / std::sqrt(float(kWidth));
      for (int64_t first = 0; first < s.positions; first += kRows) {
        q.read_queries(first, a);
        std::memset(b, 0, sizeof b);
        add_product<false>(a, context, b);
        head(s, out, 1, 0, item).write(first, b);
      }
    }
  });
}

// to = of softmax's output y and the gradient g: y (g - <g, y>), the sums given.
inline void through_softmax(float* g, const float* y, Vector left, Vector right) {
  store(g, load(y) * (load(g) - left));
  store(g + kVector, load(y + kVector) * (load(g + kVector) - right));
}

void transpose(const Tile& from, Tile& to) {
  for (int64_t i = 0; i < kRows; i++)
    for (int64_t j = 0; j < kWidth; j++) to[j][i] = from[i][j];
}

template <typename T>
void linear_backward(const LinearShape& s, const T* qkv, const T* grad, const Tile* contexts, const KeyScale* scales, T* grad_qkv) {
  const float scale = 1.0f / std::sqrt(float(kWidth));
  at::parallel_for(0, s.items(), 1, [&](int64_t begin, int64_t end) {
    Tile a, b, c, turned_context, slope, turned_slope;  // slope: the gradient of the context
    for (int64_t item = begin; item < end; item++) {
      const auto q = head(s, qkv, 3, 0, item), k = head(s, qkv, 3, 1, item), v = head(s, qkv, 3, 2, item);
      const auto g = head(s, grad, 1, 0, item);
      std::memset(slope, 0, sizeof slope);
      transpose(contexts[item], turned_context);
      for (int64_t first = 0; first < s.positions; first += kRows) {
        q.read_queries(first, a);
        g.read(first, b);
        add_product<true>(a, b, slope);
        std::memset(c, 0, sizeof c);
        add_product<false>(b, turned_context, c);
        for (int64_t r = 0; r < kRows; r++) {
          const Vector along = all(sum(load(c[r]) * load(a[r]) + load(c[r] + kVector) * load(a[r] + kVector)));
          through_softmax(c[r], a[r], along, along);
        }
        head(s, grad_qkv, 3, 0, item).write(first, c);
      }
      // A key's softmax sums its gradient over positions; that sum is the context's gradient times the context.
      float along[kWidth];
      for (int64_t i = 0; i < kWidth; i++) {
        const float *d = slope[i], *context = contexts[item][i];
        along[i] = sum(load(d) * load(context) + load(d + kVector) * load(context + kVector));
        for (float& value : slope[i]) value *= scale;
      }
      transpose(slope, turned_slope);
      for (int64_t first = 0; first < s.positions; first += kRows) {
        k.read_keys(first, scales[item], a);
        v.read(first, b);
        std::memset(c, 0, sizeof c);
        add_product<false>(b, turned_slope, c);
        for (int64_t r = 0; r < kRows; r++) through_softmax(c[r], a[r], load(along), load(along + kVector));
        head(s, grad_qkv, 3, 1, item).write(first, c);
        std::memset(c, 0, sizeof c);
        add_product<false>(a, slope, c);
        head(s, grad_qkv, 3, 2, item).write(first, c);
      }
    }
  });
}

struct LinearAttention : torch::autograd::Function<LinearAttention> {
  static Tensor forward(AutogradContext* context, Tensor qkv, int64_t heads) {
    qkv = qkv.contiguous();
    const auto s = shape(qkv, heads);
    auto out = at::empty({s.frames, s.positions, s.inner()}, qkv.options());
    auto contexts = at::empty({s.items(), int64_t(sizeof(Tile) / sizeof(float))}, at::kFloat);
    auto scales = at::empty({s.items(), int64_t(sizeof(KeyScale) / sizeof(float))}, at::kFloat);
    context->save_for_backward({qkv, contexts, scales});
    context->saved_data["heads"] = heads;
    by_type(qkv, [&](auto type) {
      using T = decltype(type);
      linear_forward<T>(s, qkv.data_ptr<T>(), out.data_ptr<T>(), reinterpret_cast<Tile*>(contexts.data_ptr<float>()),
                        reinterpret_cast<KeyScale*>(scales.data_ptr<float>()));
    });
    return out;
  }

  static variable_list backward(AutogradContext* context, variable_list gradients) {
    auto saved = context->get_saved_variables();
    const Tensor &qkv = saved[0], &contexts = saved[1], &scales = saved[2];
    const auto s = shape(qkv, context->saved_data["heads"].toInt());
    auto grad = gradients[0].to(qkv.scalar_type()).contiguous();
    auto grad_qkv = at::empty_like(qkv);
    by_type(qkv, [&](auto type) {
      using T = decltype(type);
      linear_backward<T>(s, qkv.data_ptr<T>(), grad.data_ptr<T>(), reinterpret_cast<const Tile*>(contexts.data_ptr<float>()),
                         reinterpret_cast<const KeyScale*>(scales.data_ptr<float>()), grad_qkv.data_ptr<T>());
    });
    return {grad_qkv, Tensor()};
  }

  static LinearShape shape(const Tensor& qkv, int64_t heads) {
    TORCH_CHECK(qkv.dim() == 3 && qkv.size(2) == 3 * heads * kWidth, "expects qkv (frames, positions, 3 * heads * ", kWidth,
                "), got ", qkv.sizes(), " for ", heads, " heads");
    return {qkv.size(0), qkv.size(1), heads};
  }
};

}  // namespace

// Exported by kernels.cpp.
at::Tensor fused_linear_attention(const at::Tensor& qkv, int64_t heads) {
  fused::require_cpu_float(qkv);
  return LinearAttention::apply(qkv, heads);
}
