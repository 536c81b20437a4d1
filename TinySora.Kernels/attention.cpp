// Softmax attention that does not store the matrix of probabilities (Dao et al. 2022). Keys are processed in blocks, with a running maximum logit and
// sum per query, and the backward pass recomputes the blocks. Queries, keys and values are read in place, with their axes in any memory order. If the
// processor multiplies pairs of bfloat16 values, products of bfloat16 tensors use these pairs and sum in float32.

#include <array>

#include "attention_shape.h"
#include "kernels.h"
#include "workspace.h"

namespace VARIANT {
namespace {

template <typename T>
class Forward {
  static constexpr int64_t n = Factors<T>::kCount;
  const AttentionShape& s;
  const int64_t d = s.padded_width(), length = s.width / n;
  Scratch scratch{2 * s.padded_keys() * d + kQueries * (2 * d + 2 * kKeys)};
  Factor<T> *const key_columns = scratch.take<Factor<T>>(s.padded_keys() * length), *const value_rows = scratch.take<Factor<T>>(s.padded_keys() / n * d),
                   *const asked = scratch.take<Factor<T>>(kQueries * length);
  float *const logits = scratch.take<float>(kQueries * kKeys), *const mixed = scratch.take<float>(kQueries * d);
  T* const weights = n == 1 ? reinterpret_cast<T*>(logits) : scratch.take<T>(kQueries * kKeys);
  float totals[kQueries];

  // `logits` are the products with consecutive keys, starting with a given key. If a larger logit appears, earlier results are scaled down.
  void weigh(int64_t r, const Logits& logit, int64_t key, int64_t count, Statistics& found) {
    float* const row = logits + r * kKeys;
    Vector most = all(-INFINITY), sums = {};
    for (int64_t p = 0; p < count; p += kVector) {
      const Vector x = logit(load(row + p), key + p, logit.ceiling(key + p));
      store(row + p, x);
      most = larger(most, x);
    }
    const float before = key ? found.most : -INFINITY;
    found.most = std::max(before, largest(most));
    for (int64_t p = 0; p < count; p += kVector) {
      const Vector e = exp(load(row + p) - found.most);
      sums += e;
      store(weights + r * kKeys + p, logit.dropped(e, key + p));
    }
    if (!key) totals[r] = 0;
    if (key && found.most > before) {
      const float factor = std::exp(before - found.most);
      totals[r] *= factor;
      for (int64_t c = 0; c < d; c += kVector) store(mixed + r * d + c, load(mixed + r * d + c) * factor);
    }
    totals[r] += sum(sums);
  }

 public:
  explicit Forward(const AttentionShape& s) : s(s) {}

  void arrange(Rows<const T> keys, Rows<const T> values) {
    pack_columns(keys, s.keys, s.width, key_columns);
    pack_rows(values, s.keys, s.width, value_rows);
  }

  void attend(const Place& at, int64_t first, int64_t rows, Rows<const T> queries, Rows<T> out, Statistics* found) {
    const int64_t seen = s.seen(first + rows);
    copy_rows(queries, rows, s.width, asked);
    for (int64_t key = 0; key < seen; key += kKeys) {
      const int64_t count = std::min(kKeys, seen - key);
      product<false>(rows, whole(count, kPanel) / kPanel, asked, length, key_columns + key * length, kPanel, kPanel * length, logits, kKeys, kPanel, length,
                     false);
      for (int64_t r = 0; r < rows; r++) weigh(r, Logits(s, at, first + r), key, whole(count, kPanel), found[r]);
      product<false>(rows, d / kPanel, reinterpret_cast<Factor<T>*>(weights), kKeys / n, value_rows + key / n * d, d, kPanel, mixed, d, kPanel,
                     (count + n - 1) / n, key > 0);
    }
    for (int64_t r = 0; r < rows; r++) {
      found[r].share = 1 / totals[r];
      write_rows(mixed + r * d, found[r].share, 1, s.width, out.from(r));
    }
  }
};

template <typename T>
void attention_forward(const AttentionShape& s, const std::array<Tokens<const T>, 3>& of, const Tokens<T>& out, Statistics* statistics) {
  parallel_for(0, s.items() * s.chunks(), s.grain(1), [&](int64_t begin, int64_t end) {
    Forward<T> work(s);
    int64_t arranged = -1;
    for (int64_t task = begin; task < end; task++) {
      const Place at = s.place(task / s.chunks());
      if (std::exchange(arranged, at.item) != at.item) work.arrange(of[1].at(at), of[2].at(at));
      s.in_blocks(task % s.chunks(), [&](int64_t first, int64_t rows) {
        work.attend(at, first, rows, of[0].at(at, first), out.at(at, first), statistics + at.item * s.queries + first);
      });
    }
  });
}

template <typename T>
class Backward {
  static constexpr int64_t n = Factors<T>::kCount;
  const AttentionShape& s;
  const int64_t d = s.padded_width(), length = s.width / n;
  Scratch scratch{3 * s.padded_keys() * d + 2 * s.keys * d + kQueries * (5 * d + 5 * kKeys)};
  Factor<T> *const key_columns = scratch.take<Factor<T>>(s.padded_keys() * length), *const value_columns = scratch.take<Factor<T>>(s.padded_keys() * length),
                   *const key_rows = scratch.take<Factor<T>>(s.padded_keys() / n * d);
  Factor<T> *const asked = scratch.take<Factor<T>>(kQueries * length), *const given = scratch.take<Factor<T>>(kQueries * length),
                   *const asked_rows = scratch.take<Factor<T>>(kQueries / n * d), *const given_rows = scratch.take<Factor<T>>(kQueries / n * d);
  float *const weights = scratch.take<float>(kQueries * kKeys), *const slopes = scratch.take<float>(kQueries * kKeys),
               *const mixed = scratch.take<float>(kQueries * d);
  // Operands of products: pairs of queries for the gradients of keys and values, and pairs of keys for the gradient of queries.
  Factor<T>*const turned_weights = n == 1 ? reinterpret_cast<Factor<T>*>(weights) : scratch.take<Factor<T>>(kQueries / n * kKeys),
                  *const turned_slopes = n == 1 ? reinterpret_cast<Factor<T>*>(slopes) : scratch.take<Factor<T>>(kQueries / n * kKeys);
  T* const plain_slopes = n == 1 ? reinterpret_cast<T*>(slopes) : scratch.take<T>(kQueries * kKeys);

  // On entry, `weights` are the products of a query with keys, and `slopes` are the products of the result's gradient with values. On return, they are
  // probabilities and gradients of logits, which are also the gradients of the bias. `level` is the sum that the softmax subtracts.
  void weigh(int64_t r, const Logits& logit, int64_t key, int64_t count, const Statistics& found, float level, float* of_bias) {
    for (int64_t p = 0; p < count; p += kVector) {
      float *const weight = weights + r * kKeys + p, *const slope = slopes + r * kKeys + p;
      const Vector ceiling = logit.ceiling(key + p), probability = exp(logit(load(weight), key + p, ceiling) - found.most) * found.share;
      const Vector change = ceiling > 0.0f ? probability * (logit.dropped(load(slope), key + p) - level) : Vector{};
      if (of_bias) store(of_bias + key + p, load(of_bias + key + p) + change);
      store(weight, logit.dropped(probability, key + p));
      store(slope, change);
    }
  }

  void pair_up(int64_t rows, int64_t count) {
    for (int64_t r = 0; r < rows; r += 2)
      for (int64_t p = 0; p < count; p += kVector) {
        const int64_t even = r * kKeys + p, odd = even + kKeys, pairs = r / 2 * kKeys + p;
        const bool has_odd = r + 1 < rows;
        const Vector slope = load(slopes + even), next = has_odd ? load(slopes + odd) : Vector{};
        store_pairs(reinterpret_cast<T*>(turned_weights + pairs), load(weights + even), has_odd ? load(weights + odd) : Vector{});
        store_pairs(reinterpret_cast<T*>(turned_slopes + pairs), slope, next);
        store(plain_slopes + even, slope);
        store(plain_slopes + odd, next);
      }
  }

 public:
  float* const own = scratch.take<float>(2 * s.keys * d);  // gradients for all keys and values

  explicit Backward(const AttentionShape& s) : s(s) {}

  void arrange(Rows<const T> keys, Rows<const T> values) {
    pack_columns(keys, s.keys, s.width, key_columns);
    pack_columns(values, s.keys, s.width, value_columns);
    pack_rows(keys, s.keys, s.width, key_rows);
  }

  // Adds to the gradients of keys and values, and of the bias if there is one.
  void differentiate(const Place& at, int64_t first, int64_t rows, Rows<const T> queries, Rows<const T> results, Rows<const T> gradients,
                     const Statistics* found, Rows<T> grad_q, float* grad_k, float* grad_v, float* grad_bias) {
    copy_rows(queries, rows, s.width, asked);
    copy_rows(gradients, rows, s.width, given);
    pack_rows(queries, rows, s.width, asked_rows);
    pack_rows(gradients, rows, s.width, given_rows);
    float levels[kQueries];
    for (int64_t r = 0; r < rows; r++) {
      Vector products = {};
      for (int64_t c = 0; c < s.width; c += kVector) products += load_some(results[r] + c, s.width - c) * load_some(gradients[r] + c, s.width - c);
      levels[r] = sum(products);
    }
    const int64_t seen = s.seen(first + rows), groups = (rows + n - 1) / n;
    for (int64_t key = 0; key < seen; key += kKeys) {
      const int64_t count = std::min(kKeys, seen - key);
      const int64_t panels = whole(count, kPanel) / kPanel;
      product<false>(rows, panels, asked, length, key_columns + key * length, kPanel, kPanel * length, weights, kKeys, kPanel, length, false);
      product<false>(rows, panels, given, length, value_columns + key * length, kPanel, kPanel * length, slopes, kKeys, kPanel, length, false);
      for (int64_t r = 0; r < rows; r++)
        weigh(r, Logits(s, at, first + r), key, whole(count, kPanel), found[r], levels[r], grad_bias ? grad_bias + r * s.padded_keys() : nullptr);
      if constexpr (n > 1) pair_up(rows, whole(count, kPanel));
      product<true>(count, d / kPanel, turned_weights, kKeys, given_rows, d, kPanel, grad_v + key * d, d, kPanel, groups, true);
      product<true>(count, d / kPanel, turned_slopes, kKeys, asked_rows, d, kPanel, grad_k + key * d, d, kPanel, groups, true);
      product<false>(rows, d / kPanel, reinterpret_cast<Factor<T>*>(plain_slopes), kKeys / n, key_rows + key / n * d, d, kPanel, mixed, d, kPanel,
                     (count + n - 1) / n, key > 0);
    }
    write_rows(mixed, s.scale(), rows, s.width, grad_q);
  }
};

template <typename T>
void attention_backward(const AttentionShape& s, const std::array<Tokens<const T>, 3>& of, const Tokens<const T>& out, const Tokens<const T>& by,
                        const Statistics* statistics, const std::array<Tokens<T>, 3>& gradients, float* grad_bias) {
  const int64_t squares = s.queries * s.padded_keys(), sets = s.clips * s.sets, half = s.keys * s.padded_width();
  // All sets of tokens share the bias, so the sets are divided into parts, and each part sums its own gradient.
  const int64_t parts = s.has_bias ? std::clamp<int64_t>(kParts / s.heads, 1, sets) : sets;
  std::vector<float> of_bias(s.has_bias ? parts * s.heads * squares : 0, 0.0f);
  const Buffer chunks(s.chunks() > 1 ? s.items() * s.chunks() * 2 * half : 0);
  float* const of_chunks = chunks.data();
  const auto write = [&](const Place& at, const float* keys_and_values) {
    write_rows(keys_and_values, s.scale(), s.keys, s.width, gradients[1].at(at));
    write_rows(keys_and_values + half, 1.0f, s.keys, s.width, gradients[2].at(at));
  };

  parallel_for(0, parts * s.heads * s.chunks(), s.grain(sets / parts), [&](int64_t begin, int64_t end) {
    Backward<T> work(s);
    for (int64_t task = begin; task < end; task++) {
      const int64_t chunk = task % s.chunks(), head = task / s.chunks() % s.heads, part = task / s.chunks() / s.heads;
      for (int64_t set = sets * part / parts; set < sets * (part + 1) / parts; set++) {
        const Place at = s.place(set * s.heads + head);
        float* const sums = s.chunks() > 1 ? of_chunks + (at.item * s.chunks() + chunk) * 2 * half : work.own;
        std::fill_n(sums, 2 * half, 0.0f);
        work.arrange(of[1].at(at), of[2].at(at));
        s.in_blocks(chunk, [&](int64_t first, int64_t rows) {
          work.differentiate(at, first, rows, of[0].at(at, first), out.at(at, first), by.at(at, first), statistics + at.item * s.queries + first,
                             gradients[0].at(at, first), sums, sums + half,
                             s.has_bias ? &of_bias[(part * s.heads + head) * squares + first * s.padded_keys()] : nullptr);
        });
        if (s.chunks() == 1) write(at, sums);
      }
    }
  });

  if (s.chunks() > 1)
    parallel_for(0, s.items(), 1, [&](int64_t begin, int64_t end) {
      for (int64_t item = begin; item < end; item++) {
        float* const sums = of_chunks + item * s.chunks() * 2 * half;
        for (int64_t chunk = 1; chunk < s.chunks(); chunk++)
          for (int64_t i = 0; i < 2 * half; i += kVector) store(sums + i, load(sums + i) + load(sums + chunk * 2 * half + i));
        write(s.place(item), sums);
      }
    });
  if (s.has_bias)
    parallel_for(0, s.heads * s.queries, 64, [&](int64_t begin, int64_t end) {
      for (int64_t row = begin; row < end; row++)
        for (int64_t part = 0; part < parts; part++)
          for (int64_t key = 0; key < s.keys; key++)
            grad_bias[row * s.keys + key] += of_bias[part * s.heads * squares + row * s.padded_keys() + key];
    });
}

// Calls a function with a value of the type that products use.
template <typename Body>
void by_factors([[maybe_unused]] const Tensor& x, Body body) {
#ifdef __AVX512BF16__
  if (x.type == Type::BFloat16) return body(BFloat16());
#endif
  body(float());
}

Statistics* statistics_of(const Tensor& t) { return reinterpret_cast<Statistics*>(floats(t)); }

}  // namespace

void require_attention(const Tensor& q, const Tensor& k, const Tensor& v, const Tensor& bias, const Tensor& absent, const Tensor& out) {
  require(q.dimensions == 5 && q.size(4) % 8 == 0 && q.count() > 0 && out.count() == q.count(), "expects queries (A, M, L, h, d) with d a multiple of 8");
  for (const Tensor& x : {k, v})
    require(x.dimensions == 5 && x.size(0) == q.size(0) && x.size(1) == q.size(1) && x.size(2) == k.size(2) && x.size(3) == q.size(3) &&
                x.size(4) == q.size(4) && x.type == q.type && x.count() > 0,
            "expects keys and values (A, M, S, h, d) of the same type as the queries");
  for (const Tensor& x : {q, k, v, out}) require(x.stride(4) == 1, "expects a stride of 1 in the last dimension");
  require(!bias.is_given() || bias.count() == q.size(3) * q.size(2) * k.size(2), "expects a bias (h, L, S)");
  require(!absent.is_given() || absent.count() == q.size(0) * k.size(2), "expects a mask of absent keys (A, S)");
}

// Tensors may be bfloat16 if the processor multiplies pairs of bfloat16 values; otherwise they are float32. Only the values of a head must be adjacent.
// Statistics (A M h, L, 2) are for the backward pass.
void attention(const Tensor& q, const Tensor& k, const Tensor& v, const Tensor& bias, const Tensor& absent, const Tensor& out, const Tensor& statistics,
               bool is_causal, double dropped, int64_t seed, int64_t before) {
  require_attention(q, k, v, bias, absent, out);
  const AttentionShape s(q, k, bias, absent, is_causal, {dropped, seed, before});
  by_factors(q, [&](auto type) {
    using T = decltype(type);
    attention_forward(s, {Tokens<const T>(q), Tokens<const T>(k), Tokens<const T>(v)}, Tokens<T>(out), statistics_of(statistics));
  });
}

void attention_backward(const Tensor& q, const Tensor& k, const Tensor& v, const Tensor& bias, const Tensor& absent, const Tensor& out,
                        const Tensor& statistics, const Tensor& grad, const Tensor& grad_q, const Tensor& grad_k, const Tensor& grad_v,
                        const Tensor& grad_bias, bool is_causal, double dropped, int64_t seed, int64_t before) {
  require_attention(q, k, v, bias, absent, out);
  const AttentionShape s(q, k, bias, absent, is_causal, {dropped, seed, before});
  by_factors(q, [&](auto type) {
    using T = decltype(type);
    attention_backward<T>(s, {Tokens<const T>(q), Tokens<const T>(k), Tokens<const T>(v)}, Tokens<const T>(out), Tokens<const T>(grad),
                          statistics_of(statistics), {Tokens<T>(grad_q), Tokens<T>(grad_k), Tokens<T>(grad_v)}, s.has_bias ? floats(grad_bias) : nullptr);
  });
}

}  // namespace VARIANT
