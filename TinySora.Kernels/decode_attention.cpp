// Softmax attention for a few queries, as in generating tokens one by one. Keys and values are read once, in place.

#include "attention_shape.h"
#include "kernels.h"

namespace VARIANT {
namespace {

// The rows of a head are far apart, so the processor does not prefetch them.
constexpr int64_t kAhead = 8, kLine = 64;

template <typename T>
void fetch(Rows<const T> rows, int64_t row, int64_t width) {
  for (int64_t c = 0; c < width; c += kLine / sizeof(T)) __builtin_prefetch(rows[row] + c);
}

// Attention of one query to all keys of its head.
template <typename T>
void attend(int64_t keys, int64_t width, const T* query, Rows<const T> k, Rows<const T> v, T* out, float* weights, float* mixed) {
  for (int64_t key = 0; key < keys; key++) {
    fetch(k, key + kAhead, width);
    Vector products = {};
    for (int64_t c = 0; c < width; c += kVector) products += load_some(query + c, width - c) * load_some(k[key] + c, width - c);
    weights[key] = sum(products) / std::sqrt(float(width));
  }
  const float most = *std::max_element(weights, weights + keys);
  std::fill_n(mixed, whole(width, kVector), 0.0f);
  Vector totals = {};
  for (int64_t key = 0; key < whole(keys, kVector); key += kVector) {
    if (keys - key < kVector) std::fill(weights + keys, weights + key + kVector, -INFINITY);
    const Vector e = exp(load(weights + key) - most);
    totals += e;
    store(weights + key, e);
  }
  for (int64_t key = 0; key < keys; key++) {
    fetch(v, key + kAhead, width);
    for (int64_t c = 0; c < width; c += kVector) store(mixed + c, load(mixed + c) + weights[key] * load_some(v[key] + c, width - c));
  }
  const float share = 1 / sum(totals);
  for (int64_t c = 0; c < width; c += kVector) store_some(out + c, load(mixed + c) * share, width - c);
}

}  // namespace

// The values of a head must be adjacent; the other axes may be in any order.
void decode_attention(const Tensor& q, const Tensor& k, const Tensor& v, const Tensor& out) {
  require_attention(q, k, v, {}, {}, out);
  const int64_t sets = q.size(1), queries = q.size(2), heads = q.size(3), keys = k.size(2), width = q.size(4);
  by_type(q, [&](auto type) {
    using T = decltype(type);
    const Tokens<const T> of_q(q), of_k(k), of_v(v);
    const Tokens<T> to(out);
    const int64_t grain = std::max<int64_t>(1, (1 << 15) / (keys * width));
    parallel_for(0, q.size(0) * sets * heads * queries, grain, [&](int64_t begin, int64_t end) {
      Scratch scratch(whole(keys, kVector) + whole(width, kVector));
      float *const weights = scratch.take<float>(whole(keys, kVector)), *const mixed = scratch.take<float>(whole(width, kVector));
      for (int64_t task = begin; task < end; task++) {
        const int64_t item = task / queries, query = task % queries;
        const Place at{item / heads / sets, item / heads % sets, item % heads, item};
        attend(keys, width, of_q.at(at, query)[0], of_k.at(at), of_v.at(at), to.at(at, query)[0], weights, mixed);
      }
    });
  });
}

}  // namespace VARIANT
