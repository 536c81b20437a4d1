// Shapes for softmax attention: the location of tokens in memory, and their logits. See attention.cpp.

#pragma once

#include "dropout.h"
#include "token_rows.h"

namespace VARIANT {

constexpr int64_t kQueries = 48;  // block size: whole tiles
constexpr int64_t kKeys = 128;    // block size

// Logit of a masked key. Compared with any other logit, its e^x vanishes. If all keys are masked, they have equal weights.
constexpr float kUnseen = -1e9f;

// One head of one set of tokens, and its index among all heads of all sets.
struct Place {
  int64_t clip, set, head, item;
};

// (A, M, rows, h, d) and its strides.
template <typename T>
struct Tokens {
  T* data;
  int64_t of_clip, of_set, of_row, of_head;

  explicit Tokens(const Tensor& t)
      : data(t.data_of<std::remove_const_t<T>>()), of_clip(t.stride(0)), of_set(t.stride(1)), of_row(t.stride(2)), of_head(t.stride(3)) {}
  Rows<T> at(const Place& place, int64_t first = 0) const {
    return {data + place.clip * of_clip + place.set * of_set + first * of_row + place.head * of_head, of_row};
  }
};

struct AttentionShape {
  int64_t clips, sets, queries, keys, heads, width, chunk;
  bool is_causal, has_absent, has_bias;
  std::vector<float> bias, ceilings;  // (h, L, padded keys) and (A, padded keys): upper bounds of the logits
  Dropout dropout;                    // of weights: one row per query of each item

  AttentionShape(const Tensor& q, const Tensor& k, const Tensor& given_bias, const Tensor& absent, bool is_causal, const Dropout& dropout)
      : clips(q.size(0)), sets(q.size(1)), queries(q.size(2)), keys(k.size(2)), heads(q.size(3)), width(q.size(4)), chunk(queries),
        is_causal(is_causal), has_absent(absent.is_given()), has_bias(given_bias.is_given()), ceilings(clips * padded_keys(), -INFINITY), dropout(dropout) {
    // If there are few heads, their queries are divided into parts that run in parallel. The parts must not be small, because each of them rearranges
    // all keys.
    if (items() < kParts) chunk = whole(std::max(2 * kQueries, queries * items() / kParts), kQueries);
    for (int64_t clip = 0; clip < clips; clip++)
      for (int64_t key = 0; key < keys; key++)
        ceilings[clip * padded_keys() + key] = has_absent && absent.data_of<bool>()[clip * keys + key] ? kUnseen : INFINITY;
    if (has_bias) {
      bias.resize(heads * queries * padded_keys());
      for (int64_t row = 0; row < heads * queries; row++)
        std::copy_n(given_bias.data_of<float>() + row * keys, keys, &bias[row * padded_keys()]);
    }
  }

  int64_t items() const { return clips * sets * heads; }
  int64_t chunks() const { return (queries + chunk - 1) / chunk; }
  int64_t padded_keys() const { return whole(keys, kPanel); }
  int64_t padded_width() const { return whole(width, kPanel); }
  float scale() const { return 1 / std::sqrt(float(width)); }
  Place place(int64_t item) const { return {item / heads / sets, item / heads % sets, item % heads, item}; }

  // Number of keys that all queries before `end` need.
  int64_t seen(int64_t end) const { return is_causal && !has_absent ? std::min(keys, end) : keys; }

  // Number of items per thread: starting a thread for a smaller number of products is not worthwhile.
  int64_t grain(int64_t items_of_task) const {
    return std::max<int64_t>(1, (1 << 17) / (items_of_task * std::min(chunk, queries) * keys * width));
  }

  // Calls work(first query, number of queries) for each block of queries in a chunk.
  template <typename Work>
  void in_blocks(int64_t number, Work work) const {
    const int64_t last = std::min(queries, (number + 1) * chunk);
    for (int64_t first = number * chunk; first < last; first += kQueries) work(first, std::min(kQueries, last - first));
  }
};

// Computes the logits of one query from its products with keys.
class Logits {
  const AttentionShape& s;
  const float *const ceilings, *const bias;
  const int64_t query;
  const uint64_t chance;

 public:
  Logits(const AttentionShape& s, const Place& at, int64_t query)
      : s(s), ceilings(&s.ceilings[at.clip * s.padded_keys()]), bias(s.has_bias ? &s.bias[(at.head * s.queries + query) * s.padded_keys()] : nullptr),
        query(query), chance(s.dropout.key(at.item * s.queries + query)) {}

  // Upper bounds of the logits of consecutive keys, starting with `key`.
  Vector ceiling(int64_t key) const {
    static const std::vector<float> step = [] {
      std::vector<float> all(2 * kVector, INFINITY);
      std::fill(all.begin() + kVector, all.end(), kUnseen);
      return all;
    }();
    const Vector ceiling = load(ceilings + key);
    return s.is_causal ? smaller(ceiling, load(&step[std::clamp<int64_t>(kVector - 1 - query + key, 0, kVector)])) : ceiling;
  }
  Vector operator()(Vector products, int64_t key, Vector ceiling) const {
    const Vector logits = products * s.scale();
    return smaller(ceiling, bias ? logits + load(bias + key) : logits);
  }

  // Applies dropout to the weights of consecutive keys, starting with `key`. Dropped weights become zero.
  Vector dropped(Vector weights, int64_t key) const { return s.dropout ? weights * s.dropout.factors(chance, key) : weights; }
};

// Maximum logit of a query, and 1 / sum of e^(logit - most).
struct Statistics {
  float most, share;
};

}  // namespace VARIANT
