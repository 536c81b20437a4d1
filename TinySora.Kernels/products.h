// Products of matrices that lie in a cache, one tile of the result in the registers at a time.

#pragma once

#include "vectors.h"

namespace VARIANT {

constexpr int64_t kPanel = 16;  // columns of a result
constexpr int kPanelVectors = kPanel / kVector;
constexpr int kTileRows = kPanelVectors == 1 ? 12 : 6;  // the registers hold this many rows of the result and what they are made of

inline Vector plus_product(Vector sum, float left, Vector right) { return sum + all(left) * right; }

#ifdef __AVX512BF16__
// Two bfloat16 that follow each other in what is summed over, and which one instruction multiplies with two others.
typedef uint32_t __attribute__((may_alias)) Pair;

inline Vector load(const Pair* from) {
  Vector v;
  std::memcpy(&v, from, sizeof v);
  return v;
}
inline Vector plus_product(Vector sum, Pair left, Vector right) {
  return _mm512_dpbf16_ps(sum, (__m512bh)_mm512_set1_epi32(left), (__m512bh)right);
}
#endif

// c (Rows, kPanel) = a (Rows, length) b (length, kPanel), or that much more. Rows of each lie so far apart; where `a` is turned, its columns do.
template <bool IsTurned, int Rows, typename T>
void product_tile(const T* a, int64_t a_apart, const T* b, int64_t b_apart, float* c, int64_t c_apart, int64_t length, bool adds) {
  Vector sums[Rows][kPanelVectors] = {};
#pragma GCC unroll 2
  for (int64_t k = 0; k < length; k++) {
    Vector right[kPanelVectors];
#pragma GCC unroll 2
    for (int v = 0; v < kPanelVectors; v++) right[v] = load(b + k * b_apart + v * kVector);
#pragma GCC unroll 16
    for (int r = 0; r < Rows; r++) {
      const T left = IsTurned ? a[k * a_apart + r] : a[r * a_apart + k];
#pragma GCC unroll 2
      for (int v = 0; v < kPanelVectors; v++) sums[r][v] = plus_product(sums[r][v], left, right[v]);
    }
  }
#pragma GCC unroll 16
  for (int r = 0; r < Rows; r++)
#pragma GCC unroll 2
    for (int v = 0; v < kPanelVectors; v++) {
      float* const to = c + r * c_apart + v * kVector;
      store(to, adds ? load(to) + sums[r][v] : sums[r][v]);
    }
}

// For no more rows than a tile has.
template <bool IsTurned, int Rows = kTileRows, typename T>
void product_of_few(int64_t rows, const T* a, int64_t a_apart, const T* b, int64_t b_apart, float* c, int64_t c_apart, int64_t length, bool adds) {
  if (rows == Rows)
    product_tile<IsTurned, Rows>(a, a_apart, b, b_apart, c, c_apart, length, adds);
  else if constexpr (Rows > 1)
    product_of_few<IsTurned, Rows - 1>(rows, a, a_apart, b, b_apart, c, c_apart, length, adds);
}

template <bool IsTurned, typename T>
void product(int64_t rows, const T* a, int64_t a_apart, const T* b, int64_t b_apart, float* c, int64_t c_apart, int64_t length, bool adds) {
  for (int64_t r = 0; r < rows; r += kTileRows)
    product_of_few<IsTurned>(std::min<int64_t>(rows - r, kTileRows), a + r * (IsTurned ? 1 : a_apart), a_apart, b, b_apart, c + r * c_apart,
                             c_apart, length, adds);
}

}  // namespace VARIANT
