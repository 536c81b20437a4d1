// What the fused CPU kernels share. They compute in float32 whatever their input's type, forward and backward, in one pass
// over it. Sums over many rows are split into a fixed number of parts that are added in order, so that results do not
// depend on the number of threads. Compiled for the processor it runs on: this library is built on the machine that uses it.

#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <vector>

#include <ATen/ATen.h>
#include <ATen/Parallel.h>
#include <torch/csrc/autograd/custom_function.h>

namespace fused {

using at::Tensor;
using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

constexpr int64_t kParts = 64;

// Sixteen floats: one register of AVX-512; the compiler makes two or four of it where registers are narrower. Rows that the
// kernels work on are whole vectors long.
constexpr int64_t kVector = 16;
typedef float Vector __attribute__((vector_size(64)));
typedef uint32_t Bits __attribute__((vector_size(64)));
typedef uint16_t Halves __attribute__((vector_size(32)));

inline Vector all(float value) { return Vector{} + value; }

inline Vector load(const float* from) {
  Vector v;
  std::memcpy(&v, from, sizeof v);
  return v;
}

inline Vector load(const at::BFloat16* from) {
  Halves v;
  std::memcpy(&v, from, sizeof v);
  return __builtin_bit_cast(Vector, __builtin_convertvector(v, Bits) << 16);
}

inline void store(float* to, Vector value) { std::memcpy(to, &value, sizeof value); }

inline void store(at::BFloat16* to, Vector value) {
  const Bits bits = __builtin_bit_cast(Bits, value);
  const Halves rounded = __builtin_convertvector((bits + 0x7fff + ((bits >> 16) & 1)) >> 16, Halves);  // nearest, ties to even
  std::memcpy(to, &rounded, sizeof rounded);
}

// Both vectors' elements by turns.
inline void store_pairs(at::BFloat16* to, Vector even, Vector odd) {
  const auto rounded = [](Vector v) {
    const Bits bits = __builtin_bit_cast(Bits, v);
    return bits + 0x7fff + ((bits >> 16) & 1);
  };
  const Bits pairs = (rounded(even) >> 16) | (rounded(odd) & 0xffff0000);
  std::memcpy(to, &pairs, sizeof pairs);
}

// A vector of what `combine` makes of all elements: each step meets the other half.
template <typename Combine>
float reduce(Vector v, Combine combine) {
  v = combine(v, __builtin_shufflevector(v, v, 8, 9, 10, 11, 12, 13, 14, 15, 0, 1, 2, 3, 4, 5, 6, 7));
  v = combine(v, __builtin_shufflevector(v, v, 4, 5, 6, 7, 0, 1, 2, 3, 12, 13, 14, 15, 8, 9, 10, 11));
  v = combine(v, __builtin_shufflevector(v, v, 2, 3, 0, 1, 6, 7, 4, 5, 10, 11, 8, 9, 14, 15, 12, 13));
  v = combine(v, __builtin_shufflevector(v, v, 1, 0, 3, 2, 5, 4, 7, 6, 9, 8, 11, 10, 13, 12, 15, 14));
  return v[0];
}

inline Vector larger(Vector a, Vector b) { return a > b ? a : b; }
inline float sum(Vector v) {
  return reduce(v, [](Vector a, Vector b) { return a + b; });
}
inline float largest(Vector v) { return reduce(v, larger); }

// e^x to some 1e-7 (Cephes): 2^n e^r, |r| <= ln(2) / 2. Adding 1.5 * 2^23 leaves the rounded n in the low bits.
inline Vector exp(Vector x) {
  x = larger(x, all(-87.0f));
  x = x < all(88.0f) ? x : all(88.0f);
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
  return p * __builtin_bit_cast(Vector, (__builtin_bit_cast(Bits, shifted) + 127) << 23);
}

inline void require_cpu_float(const Tensor& x) {
  TORCH_CHECK(x.device().is_cpu() && (x.scalar_type() == at::kFloat || x.scalar_type() == at::kBFloat16),
              "expects a float32 or bfloat16 tensor on the CPU, got ", x.scalar_type(), " on ", x.device());
}

// Calls with a value of the tensor's element type, for data_ptr<decltype(type)>().
template <typename Body>
void by_type(const Tensor& x, Body body) {
  if (x.scalar_type() == at::kBFloat16)
    body(at::BFloat16());
  else
    body(float());
}

}  // namespace fused
