// Products of matrices in the cache, with one tile of the result in registers at a time.

#pragma once

#include "simd.h"

namespace VARIANT {

constexpr int64_t kPanel = 16;  // columns of a result
constexpr int kPanelVectors = kPanel / kVector;

// Size of the tile, which fits into the registers together with its operands. Each value in a row is loaded for two vectors of columns, because with only one,
// loading would take as long as multiplying.
constexpr int kTileRows = kPanelVectors == 1 ? 12 : 6, kTilePanels = 2 / kPanelVectors;

inline Vector plus_product(Vector sum, float left, Vector right) { return sum + all(left) * right; }

#ifdef __AVX512BF16__
// Two bfloat16 values that are consecutive in the summed dimension. One instruction multiplies two such pairs and adds both products.
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

// c (Rows, Panels * kPanel) = or += a (Rows, length) b (length, Panels * kPanel). The arguments give the distances between rows (or columns, if
// `a` is transposed), and between panels of b and of c.
template <bool IsTurned, int Rows, int Panels, typename T>
void product_tile(const T* a, int64_t a_apart, const T* b, int64_t b_apart, int64_t b_panel, float* c, int64_t c_apart, int64_t c_panel, int64_t length,
                  bool adds) {
  constexpr int count = Panels * kPanelVectors;
  const auto at = [](int v, int64_t panel) { return v / kPanelVectors * panel + v % kPanelVectors * kVector; };
  Vector sums[Rows][count] = {};
#pragma GCC unroll 2
  for (int64_t k = 0; k < length; k++) {
    Vector right[count];
#pragma GCC unroll 2
    for (int v = 0; v < count; v++) right[v] = load(b + k * b_apart + at(v, b_panel));
#pragma GCC unroll 16
    for (int r = 0; r < Rows; r++) {
      const T left = IsTurned ? a[k * a_apart + r] : a[r * a_apart + k];
#pragma GCC unroll 2
      for (int v = 0; v < count; v++) sums[r][v] = plus_product(sums[r][v], left, right[v]);
    }
  }
#pragma GCC unroll 16
  for (int r = 0; r < Rows; r++)
#pragma GCC unroll 2
    for (int v = 0; v < count; v++) {
      float* const to = c + r * c_apart + at(v, c_panel);
      store(to, adds ? load(to) + sums[r][v] : sums[r][v]);
    }
}

// Computes the product for at most as many rows as a tile has.
template <bool IsTurned, int Panels, int Rows = kTileRows, typename T>
void product_of_few(int64_t rows, const T* a, int64_t a_apart, const T* b, int64_t b_apart, int64_t b_panel, float* c, int64_t c_apart, int64_t c_panel,
                    int64_t length, bool adds) {
  if (rows == Rows)
    product_tile<IsTurned, Rows, Panels>(a, a_apart, b, b_apart, b_panel, c, c_apart, c_panel, length, adds);
  else if constexpr (Rows > 1)
    product_of_few<IsTurned, Panels, Rows - 1>(rows, a, a_apart, b, b_apart, b_panel, c, c_apart, c_panel, length, adds);
}

template <bool IsTurned, int Panels = kTilePanels, typename T>
void product(int64_t rows, int64_t panels, const T* a, int64_t a_apart, const T* b, int64_t b_apart, int64_t b_panel, float* c, int64_t c_apart,
             int64_t c_panel, int64_t length, bool adds) {
  if (rows <= 0) return;
  // Tiles have equal heights, because a low one at the end would have too few sums to hide the latency of additions.
  const int64_t tiles = (rows + kTileRows - 1) / kTileRows, height = (rows + tiles - 1) / tiles;
  for (; panels >= Panels; panels -= Panels, b += Panels * b_panel, c += Panels * c_panel)
    for (int64_t r = 0; r < rows; r += height)
      product_of_few<IsTurned, Panels>(std::min(rows - r, height), a + r * (IsTurned ? 1 : a_apart), a_apart, b, b_apart, b_panel, c + r * c_apart,
                                       c_apart, c_panel, length, adds);
  if constexpr (Panels > 1) {
    if (panels > 0) product<IsTurned, Panels - 1>(rows, panels, a, a_apart, b, b_apart, b_panel, c, c_apart, c_panel, length, adds);
  }
}

}  // namespace VARIANT

#ifdef TILES
#include "gemm_tiles.h"
#endif
