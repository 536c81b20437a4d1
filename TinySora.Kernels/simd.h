// Code shared by the kernels. Regardless of the input's type, kernels compute in float32, in one pass over the input, forward and backward. Sums over
// many rows are split into a fixed number of parts that are added in order, so that results do not depend on the number of threads.

#pragma once

#ifdef __AVX__
#include <immintrin.h>
#endif

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <utility>
#include <vector>

#include "parallel.h"
#include "tensor.h"

namespace VARIANT {

constexpr int64_t kParts = 64;

// Rounds up to a multiple of a unit.
constexpr int64_t whole(int64_t count, int64_t unit) { return (count + unit - 1) / unit * unit; }

// On every processor, kernels work on rows whose length is a multiple of sixteen.
constexpr int64_t kRow = 16;

// Number of floats in one register.
#ifdef __AVX512F__
constexpr int64_t kVector = 16;
#else
constexpr int64_t kVector = 8;
#endif

template <int64_t Count>
struct Lanes {
  typedef float Floats __attribute__((vector_size(Count * 4)));
  typedef uint32_t Bits __attribute__((vector_size(Count * 4)));
  typedef uint16_t Halves __attribute__((vector_size(Count * 2)));
};

template <typename V>
using LanesOf = Lanes<sizeof(V) / sizeof(float)>;

using Vector = Lanes<kVector>::Floats;

// Subtracting zero changes no value and is optimized away; adding it would change -0.
inline Vector all(float value) { return value - Vector{}; }

template <typename V = Vector>
V load(const float* from) {
  V v;
  std::memcpy(&v, from, sizeof v);
  return v;
}

template <typename V = Vector>
V load(const BFloat16* from) {
  typename LanesOf<V>::Halves v;
  std::memcpy(&v, from, sizeof v);
  return __builtin_bit_cast(V, __builtin_convertvector(v, typename LanesOf<V>::Bits) << 16);
}

template <typename V>
void store(float* to, V value) {
  std::memcpy(to, &value, sizeof value);
}

// Rounds to bfloat16 in the upper halves: to nearest, ties to even. NaNs that the processor generates remain NaN.
template <typename V>
auto rounded(V value) {
  const auto bits = __builtin_bit_cast(typename LanesOf<V>::Bits, value);
  return bits + 0x7fff + ((bits >> 16) & 1);
}

template <typename V>
void store(BFloat16* to, V value) {
  const auto halves = __builtin_convertvector(rounded(value) >> 16, typename LanesOf<V>::Halves);
  std::memcpy(to, &halves, sizeof halves);
}

#ifdef __AVX512BF16__
// One instruction does this, but flushes subnormal numbers to zero.
inline void store(BFloat16* to, Vector value) {
  const auto halves = _mm512_cvtneps_pbh(value);
  std::memcpy(to, &halves, sizeof halves);
}
#endif

// Loads the first `count` elements of a vector (none if it is negative); the others are zero.
#ifdef __AVX512F__
inline __mmask16 first_of(int64_t count) { return (1u << std::max<int64_t>(count, 0)) - 1; }
inline Vector load_first(const float* from, int64_t count) { return _mm512_maskz_loadu_ps(first_of(count), from); }
inline Vector load_first(const BFloat16* from, int64_t count) {
  return (Vector)_mm512_slli_epi32(_mm512_cvtepu16_epi32(_mm256_maskz_loadu_epi16(first_of(count), from)), 16);
}
inline void store_first(float* to, Vector value, int64_t count) { _mm512_mask_storeu_ps(to, first_of(count), value); }
inline void store_first(BFloat16* to, Vector value, int64_t count) {
  BFloat16 all[kVector];
  store(all, value);
  _mm256_mask_storeu_epi16(to, first_of(count), _mm256_loadu_si256(reinterpret_cast<const __m256i*>(all)));
}
#else
template <typename T>
Vector load_first(const T* from, int64_t count) {
  T part[kVector] = {};
  std::memcpy(part, from, std::max<int64_t>(count, 0) * sizeof(T));
  return load(part);
}
template <typename T>
void store_first(T* to, Vector value, int64_t count) {
  T part[kVector];
  store(part, value);
  std::memcpy(to, part, std::max<int64_t>(count, 0) * sizeof(T));
}
#endif

// Takes the fast path for whole vectors, which is the common case.
template <typename T>
Vector load_some(const T* from, int64_t count) { return __builtin_expect(count >= kVector, 1) ? load(from) : load_first(from, count); }
template <typename T>
void store_some(T* to, Vector value, int64_t count) {
  if (__builtin_expect(count >= kVector, 1))
    store(to, value);
  else
    store_first(to, value, count);
}

// Interleaves both vectors' elements.
template <typename V>
void store_pairs(BFloat16* to, V even, V odd) {
  const auto pairs = (rounded(even) >> 16) | (rounded(odd) & 0xffff0000);
  std::memcpy(to, &pairs, sizeof pairs);
}

// Selects elements by index, from one vector or from two vectors of Count elements each.
template <size_t... I>
struct Shuffle {
  static constexpr size_t Count = sizeof...(I);
  template <size_t Step, typename V>
  static V exchanged(V v) { return __builtin_shufflevector(v, v, (I ^ Step)...); }
  template <size_t Step, typename V>
  static V firsts(V a, V b) { return __builtin_shufflevector(a, b, (I & Step ? Count + I - Step : I)...); }
  template <size_t Step, typename V>
  static V seconds(V a, V b) { return __builtin_shufflevector(a, b, (I & Step ? Count + I : I + Step)...); }
};

template <size_t... I>
Shuffle<I...> shuffle_of(std::index_sequence<I...>);
template <typename V>
using ShuffleOf = decltype(shuffle_of(std::make_index_sequence<sizeof(V) / sizeof(float)>()));

// Exchanges elements that are Step apart.
template <size_t Step, typename V>
V exchanged(V v) { return ShuffleOf<V>::template exchanged<Step>(v); }

// Selects the first or the second element of all pairs that are Step apart: those of a in their own positions, those of b in the others.
template <size_t Step, typename V>
V firsts(V a, V b) { return ShuffleOf<V>::template firsts<Step>(a, b); }
template <size_t Step, typename V>
V seconds(V a, V b) { return ShuffleOf<V>::template seconds<Step>(a, b); }

// Transposes as many vectors as a vector has elements (Eklundh).
template <size_t Step = 0, typename V, size_t Count>
[[gnu::always_inline]] inline void transpose(V (&rows)[Count]) {
  static_assert(sizeof(V) == Count * sizeof(float));
  constexpr size_t step = Step ? Step : Count / 2;
#pragma GCC unroll 16
  for (size_t j = 0; j < Count; j++)
    if (!(j & step)) {
      const V a = rows[j], b = rows[j + step];
      rows[j] = firsts<step>(a, b);
      rows[j + step] = seconds<step>(a, b);
    }
  if constexpr (step > 1) transpose<step / 2>(rows);
}

// Returns each vector's sum as one vector; overwrites the vectors.
template <size_t Step = 0, typename V, size_t Count>
[[gnu::always_inline]] inline V sums(V (&v)[Count]) {
  static_assert(sizeof(V) == Count * sizeof(float));
  constexpr size_t step = Step ? Step : Count / 2;
#pragma GCC unroll 16
  for (size_t j = 0; j < step; j++) v[j] = firsts<step>(v[j], v[j + step]) + seconds<step>(v[j], v[j + step]);
  if constexpr (step > 1)
    return sums<step / 2>(v);
  else
    return v[0];
}

// Reduces all elements with `combine`.
template <size_t Step = 0, typename V, typename Combine>
float reduce(V v, Combine combine) {
  constexpr size_t step = Step ? Step : sizeof(V) / sizeof(float) / 2;
  v = combine(v, exchanged<step>(v));
  if constexpr (step > 1)
    return reduce<step / 2>(v, combine);
  else
    return v[0];
}

// A single instruction, which the compiler does not generate from a comparison and a selection. If an operand is NaN, the result is b.
#if defined(__AVX512F__)
inline Vector larger(Vector a, Vector b) { return _mm512_max_ps(a, b); }
inline Vector smaller(Vector a, Vector b) { return _mm512_min_ps(a, b); }
#elif defined(__AVX__)
inline Vector larger(Vector a, Vector b) { return _mm256_max_ps(a, b); }
inline Vector smaller(Vector a, Vector b) { return _mm256_min_ps(a, b); }
#else
inline Vector larger(Vector a, Vector b) { return a > b ? a : b; }
inline Vector smaller(Vector a, Vector b) { return a < b ? a : b; }
#endif

inline float sum(Vector v) {
  return reduce(v, [](Vector a, Vector b) { return a + b; });
}
inline float largest(Vector v) { return reduce(v, larger); }

// e^x to about 1e-7 (Cephes): 2^n e^r, |r| <= ln(2) / 2. Adding 1.5 * 2^23 leaves the rounded n in the low bits.
inline Vector exp(Vector x) {
  x = larger(all(-87.0f), x);  // keeps NaN
  x = smaller(all(88.0f), x);
  constexpr float magic = 12582912.0f;
  const Vector shifted = x * 1.44269504f + magic;
  const Vector n = shifted - magic;
  const Vector r = (x - n * 0.693359375f) + n * 2.12194440e-4f;
  Vector p = all(1.9875691500e-4f);
  p = p * r + 1.3981999507e-3f;
  p = p * r + 8.3334519073e-3f;
  p = p * r + 4.1665795894e-2f;
  p = p * r + 1.6666665459e-1f;
  p = p * r + 5.0000001201e-1f;
  p = p * r * r + r + 1.0f;
  return p * __builtin_bit_cast(Vector, (__builtin_bit_cast(LanesOf<Vector>::Bits, shifted) + 127) << 23);
}

inline Vector logistic(Vector x) { return 1.0f / (1.0f + exp(-x)); }

// Adds up `count` rows of `length` values, in order.
inline void add_up(const float* rows, int64_t count, int64_t length, float* sum) {
  std::copy_n(rows, length, sum);
  for (int64_t row = 1; row < count; row++)
    for (int64_t i = 0; i < length; i++) sum[i] += rows[row * length + i];
}

}  // namespace VARIANT
