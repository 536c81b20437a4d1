// What the fused CPU kernels share. They compute in float32 whatever their input's type, forward and backward, in one pass
// over it. Sums over many rows are split into a fixed number of parts that are added in order, so that results do not
// depend on the number of threads. Compiled for the processor it runs on: this library is built on the machine that uses it.

#pragma once

#include <cmath>
#include <cstdint>
#include <vector>

#include <ATen/ATen.h>
#include <ATen/Parallel.h>
#include <torch/csrc/autograd/custom_function.h>

namespace fused {

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

inline void require_cpu_float(const Tensor& x) {
  TORCH_CHECK(x.device().is_cpu() && (x.scalar_type() == at::kFloat || x.scalar_type() == at::kBFloat16),
              "expects a float32 or bfloat16 tensor on the CPU, got ", x.scalar_type(), " on ", x.device());
}

}  // namespace fused
