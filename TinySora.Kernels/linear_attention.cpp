// Attention over positions at linear cost (Shen et al. 2018). A softmax is applied to queries over features and to keys over positions, and keys and
// values are summed into one context per head. Composed operators would take a dozen passes over the network's largest tensors.

#include "kernels.h"
#include "simd.h"

namespace VARIANT {
namespace {

constexpr int64_t kWidth = 32;                    // width of a head
constexpr int64_t kVectors = kWidth / kVector;    // vectors in a row
constexpr int64_t kRows = 48;                     // positions per block
constexpr int64_t kBlock = kVector == 16 ? 8 : 6; // rows of two vectors, summed in registers
constexpr int64_t kSmallBlock = 4;                // used if the number of rows is not a multiple of kBlock
constexpr int64_t kPositionsOfThread = 256;       // of one head; a thread is not worthwhile for fewer

struct LinearShape {
  int64_t frames, positions, heads;
  int64_t inner() const { return heads * kWidth; }
  int64_t items() const { return frames * heads; }
};

struct alignas(64) Row {
  float values[kWidth];
  Vector at(int64_t i) const { return load(values + i * kVector); }
  void set(int64_t i, Vector value) { store(values + i * kVector, value); }
  void fill(float value) { std::fill_n(values, kWidth, value); }
};

// Products of a head's keys and values, summed over positions.
struct Context {
  Row rows[kWidth];
};

// Scale of the softmax over positions for the keys of a head: the maximum of each feature, and 1 / sum of e^(k - most).
struct KeyScale {
  Row most, share;
};

// c = a b or c += aᵀ b, for a multiple of four rows of c, each the sum of `depth` products.
template <bool Transposed, int64_t Count>
[[gnu::always_inline]] inline void multiply_block(const Row* a, const Row* b, Row* c, int64_t first, int64_t depth) {
  for (int64_t column = 0; column < kVectors; column += 2) {
    Vector sums[Count][2];
#pragma GCC unroll 8
    for (int i = 0; i < Count; i++)
      for (int j = 0; j < 2; j++) sums[i][j] = Transposed ? c[first + i].at(column + j) : Vector{};
    for (int64_t k = 0; k < depth; k++) {
      const Vector left = b[k].at(column), right = b[k].at(column + 1);
#pragma GCC unroll 8
      for (int i = 0; i < Count; i++) {
        const float factor = Transposed ? a[k].values[first + i] : a[first + i].values[k];
        sums[i][0] += factor * left;
        sums[i][1] += factor * right;
      }
    }
#pragma GCC unroll 8
    for (int i = 0; i < Count; i++)
      for (int j = 0; j < 2; j++) c[first + i].set(column + j, sums[i][j]);
  }
}

template <bool Transposed>
void multiply(const Row* a, const Row* b, Row* c, int64_t rows, int64_t depth) {
  int64_t first = 0;
  for (; (rows - first) % kBlock != 0; first += kSmallBlock) multiply_block<Transposed, kSmallBlock>(a, b, c, first, depth);
  for (; first < rows; first += kBlock) multiply_block<Transposed, kBlock>(a, b, c, first, depth);
}

void product(const Row* a, const Row* b, Row* c, int64_t rows) {
  multiply<false>(a, b, c, (rows + kSmallBlock - 1) / kSmallBlock * kSmallBlock, kWidth);
}
void add_transposed_product(const Row* a, const Row* b, Row* c, int64_t rows) { multiply<true>(a, b, c, kWidth, rows); }

void transpose(const Row* from, Row* to) {
  for (int64_t i = 0; i < kVectors; i++)
    for (int64_t j = 0; j < kVectors; j++) {
      Vector tile[kVector];
#pragma GCC unroll 16
      for (int64_t r = 0; r < kVector; r++) tile[r] = from[i * kVector + r].at(j);
      VARIANT::transpose(tile);
#pragma GCC unroll 16
      for (int64_t r = 0; r < kVector; r++) to[j * kVector + r].set(i, tile[r]);
    }
}

// One head of one frame, as a positions x 32 matrix with a row stride.
template <typename T>
struct Head {
  T* data;
  int64_t stride, positions;

  // Calls a function for every block of positions, with the first position and the number of positions.
  template <typename Body>
  void by_block(Body body) const {
    for (int64_t first = 0; first < positions; first += kRows) body(first, std::min(kRows, positions - first));
  }

  Vector at(int64_t position, int64_t i) const { return load(data + position * stride + i * kVector); }

  void read(int64_t first, int64_t count, Row* to) const {
    for (int64_t r = 0; r < count; r++)
      for (int64_t i = 0; i < kVectors; i++) to[r].set(i, at(first + r, i));
  }

  void write(int64_t first, int64_t count, const Row* from) const {
    for (int64_t r = 0; r < count; r++)
      for (int64_t i = 0; i < kVectors; i++) store(data + (first + r) * stride + i * kVector, from[r].at(i));
  }

  // Softmax over features.
  void read_queries(int64_t first, int64_t count, Row* to) const {
    for (int64_t r = 0; r < count; r++) {
      Vector values[kVectors], top = at(first + r, 0), total = {};
      for (int64_t i = 1; i < kVectors; i++) top = larger(top, at(first + r, i));
      const float most = largest(top);
      for (int64_t i = 0; i < kVectors; i++) total += values[i] = exp(at(first + r, i) - most);
      const float share = 1.0f / sum(total);
      for (int64_t i = 0; i < kVectors; i++) to[r].set(i, values[i] * share);
    }
  }

  // Softmax over positions, from the scale.
  void read_keys(int64_t first, int64_t count, const KeyScale& scale, Row* to) const {
    for (int64_t r = 0; r < count; r++)
      for (int64_t i = 0; i < kVectors; i++) to[r].set(i, exp(at(first + r, i) - scale.most.at(i)) * scale.share.at(i));
  }

  Row most() const {
    Row most;
    read(0, 1, &most);
    for (int64_t r = 1; r < positions; r++)
      for (int64_t i = 0; i < kVectors; i++) most.set(i, larger(most.at(i), at(r, i)));
    return most;
  }
};

template <typename T>
Head<T> head(const LinearShape& s, T* tensor, int64_t parts, int64_t part, int64_t item) {
  const int64_t row = parts * s.inner(), frame = item / s.heads, h = item % s.heads;
  return {tensor + frame * s.positions * row + part * s.inner() + h * kWidth, row, s.positions};
}

Vector scaled(Vector v) { return v * (1.0f / std::sqrt(float(kWidth))); }

// Calls a function for each head of each frame, with memory for three blocks of rows. Unused rows in a block are discarded.
template <typename Body>
void by_head(const LinearShape& s, Body body) {
  parallel_for(0, s.items(), std::max<int64_t>(1, kPositionsOfThread / s.positions), [&](int64_t begin, int64_t end) {
    Row a[kRows]{}, b[kRows]{}, c[kRows]{};
    for (int64_t item = begin; item < end; item++) body(item, a, b, c);
  });
}

// Stores the contexts (times 32^-1/2) and the scales of the keys for the backward pass.
template <typename T>
void linear_forward(const LinearShape& s, const T* qkv, T* out, Context* contexts, KeyScale* scales) {
  by_head(s, [&](int64_t item, Row* a, Row* b, Row* c) {
    const auto q = head(s, qkv, 3, 0, item), k = head(s, qkv, 3, 1, item), v = head(s, qkv, 3, 2, item);
    Row* context = contexts[item].rows;
    KeyScale scale{k.most(), {}};
    Row total{};
    scale.share.fill(1);
    std::memset(context, 0, sizeof(Context));
    k.by_block([&](int64_t first, int64_t count) {
      k.read_keys(first, count, scale, a);
      v.read(first, count, b);
      add_transposed_product(a, b, context, count);
      for (int64_t r = 0; r < count; r++)
        for (int64_t i = 0; i < kVectors; i++) total.set(i, total.at(i) + a[r].at(i));
    });
    for (int64_t i = 0; i < kVectors; i++) scale.share.set(i, 1.0f / total.at(i));
    for (int64_t r = 0; r < kWidth; r++)
      for (int64_t i = 0; i < kVectors; i++) context[r].set(i, scaled(context[r].at(i) * scale.share.values[r]));
    scales[item] = scale;
    q.by_block([&](int64_t first, int64_t count) {
      q.read_queries(first, count, a);
      product(a, context, c, count);
      head(s, out, 1, 0, item).write(first, count, c);
    });
  });
}

Vector along(const Row& a, const Row& b) {
  Vector sum = {};
  for (int64_t i = 0; i < kVectors; i++) sum += a.at(i) * b.at(i);
  return sum;
}

template <typename T>
void linear_backward(const LinearShape& s, const T* qkv, const T* grad, const Context* contexts, const KeyScale* scales, T* grad_qkv) {
  by_head(s, [&](int64_t item, Row* a, Row* b, Row* c) {
    const auto q = head(s, qkv, 3, 0, item), k = head(s, qkv, 3, 1, item), v = head(s, qkv, 3, 2, item);
    const auto g = head(s, grad, 1, 0, item);
    const Row* context = contexts[item].rows;
    Row turned[kWidth], slope[kWidth]{};  // slope: the gradient of the context
    transpose(context, turned);
    q.by_block([&](int64_t first, int64_t count) {
      q.read_queries(first, count, a);
      g.read(first, count, b);
      add_transposed_product(a, b, slope, count);
      product(b, turned, c, count);
      for (int64_t r = 0; r < count; r++) {
        const float projection = sum(along(a[r], c[r]));
        for (int64_t i = 0; i < kVectors; i++) c[r].set(i, a[r].at(i) * (c[r].at(i) - projection));
      }
      head(s, grad_qkv, 3, 0, item).write(first, count, c);
    });
    // The gradient of the keys' softmax contains a sum over positions, which equals the context's gradient times the context.
    Row projections;
    for (int64_t r = 0; r < kWidth; r++) {
      projections.values[r] = sum(along(slope[r], context[r]));
      for (int64_t i = 0; i < kVectors; i++) slope[r].set(i, scaled(slope[r].at(i)));
    }
    transpose(slope, turned);
    k.by_block([&](int64_t first, int64_t count) {
      k.read_keys(first, count, scales[item], a);
      v.read(first, count, b);
      product(b, turned, c, count);
      for (int64_t r = 0; r < count; r++)
        for (int64_t i = 0; i < kVectors; i++) c[r].set(i, a[r].at(i) * (c[r].at(i) - projections.at(i)));
      head(s, grad_qkv, 3, 1, item).write(first, count, c);
      product(a, slope, c, count);
      head(s, grad_qkv, 3, 2, item).write(first, count, c);
    });
  });
}

LinearShape shape(const Tensor& qkv, int64_t heads) {
  require(qkv.dimensions == 3 && qkv.size(2) == 3 * heads * kWidth, "expects qkv (frames, positions, 3 * heads * ", kWidth, ") for ", heads, " heads");
  return {qkv.size(0), qkv.size(1), heads};
}

Context* contexts_of(const Tensor& t) { return reinterpret_cast<Context*>(floats(t)); }
KeyScale* scales_of(const Tensor& t) { return reinterpret_cast<KeyScale*>(floats(t)); }

}  // namespace

// Contexts (frames * heads, 32 * 32) and scales (frames * heads, 2 * 32) are for the backward pass.
void linear_attention(const Tensor& qkv, const Tensor& out, const Tensor& contexts, const Tensor& scales, int64_t heads) {
  const auto s = shape(qkv, heads);
  by_type(qkv, [&](auto type) {
    using T = decltype(type);
    linear_forward<T>(s, qkv.data_of<T>(), out.data_of<T>(), contexts_of(contexts), scales_of(scales));
  });
}

void linear_attention_backward(const Tensor& qkv, const Tensor& contexts, const Tensor& scales, const Tensor& grad, const Tensor& grad_qkv, int64_t heads) {
  const auto s = shape(qkv, heads);
  by_type(qkv, [&](auto type) {
    using T = decltype(type);
    linear_backward<T>(s, qkv.data_of<T>(), grad.data_of<T>(), contexts_of(contexts), scales_of(scales), grad_qkv.data_of<T>());
  });
}

}  // namespace VARIANT
