// Products of bfloat16 pairs on AMX tiles, with up to 16 rows of 16 pairs or sums in each. Included by gemm.h.

#pragma once

namespace VARIANT {

// Tiles 0 to 3 are results in two groups of rows and two panels, 4 and 5 the left operands of the groups, 6 and 7 the right operands of the panels.
// Both groups have the same height, and may overlap: then they store the same values.
template <int Panels>
void product_on_tiles(const Pair* a, const Pair* lower_a, int64_t a_apart, const Pair* b, int64_t b_apart, int64_t b_panel, float* c, float* lower_c,
                      int64_t c_apart, int64_t c_panel, int64_t depth, int64_t steps, bool adds) {
  const int64_t of_a = a_apart * sizeof(Pair), of_b = b_apart * sizeof(Pair), of_c = c_apart * sizeof(float);
  if (adds) {
    _tile_loadd(0, c, of_c);
    _tile_loadd(1, lower_c, of_c);
    if constexpr (Panels > 1) {
      _tile_loadd(2, c + c_panel, of_c);
      _tile_loadd(3, lower_c + c_panel, of_c);
    }
  } else {
    _tile_zero(0);
    _tile_zero(1);
    _tile_zero(2);
    _tile_zero(3);
  }
  for (int64_t step = 0; step < steps; step++, a += depth, lower_a += depth, b += depth * b_apart) {
    _tile_loadd(4, a, of_a);
    _tile_loadd(5, lower_a, of_a);
    _tile_loadd(6, b, of_b);
    _tile_dpbf16ps(0, 4, 6);
    _tile_dpbf16ps(1, 5, 6);
    if constexpr (Panels > 1) {
      _tile_loadd(7, b + b_panel, of_b);
      _tile_dpbf16ps(2, 4, 7);
      _tile_dpbf16ps(3, 5, 7);
    }
  }
  _tile_stored(0, c, of_c);
  _tile_stored(1, lower_c, of_c);
  if constexpr (Panels > 1) {
    _tile_stored(2, c + c_panel, of_c);
    _tile_stored(3, lower_c + c_panel, of_c);
  }
}

// Sets the sizes of the tiles: results (height, kPanel), left operands (height, depth) and right operands (depth, kPanel).
inline void configure_tiles(int64_t height, int64_t depth) {
  struct alignas(64) {
    uint8_t palette = 1, unused[15] = {};
    uint16_t bytes[16] = {};
    uint8_t rows[16] = {};
  } sizes;
  for (int tile = 0; tile < 8; tile++) {
    sizes.bytes[tile] = (tile == 4 || tile == 5 ? depth : kPanel) * sizeof(Pair);
    sizes.rows[tile] = tile < 6 ? height : depth;
  }
  // GCC's functions for tiles do not declare which memory they read.
  asm volatile("" : : "r"(&sizes) : "memory");
  _tile_loadconfig(&sizes);
}

// Computes products of pairs instead of the function of the same name in gemm.h.
template <bool IsTurned>
void product(int64_t rows, int64_t panels, const Pair* a, int64_t a_apart, const Pair* b, int64_t b_apart, int64_t b_panel, float* c, int64_t c_apart,
             int64_t c_panel, int64_t length, bool adds) {
  if (rows <= 0) return;
  if constexpr (IsTurned) {
    // Tiles are loaded in rows, so `a` is transposed first.
    const auto from = reinterpret_cast<const float*>(a);  // bits of any type
    const int64_t apart = whole(length, kVector);
    std::vector<float> turned(whole(rows, kVector) * apart);
    for (int64_t r = 0; r < rows; r += kVector)
      for (int64_t k = 0; k < length; k += kVector) {
        Vector tile[kVector];
#pragma GCC unroll 16
        for (int64_t i = 0; i < kVector; i++) tile[i] = k + i < length ? load_some(from + (k + i) * a_apart + r, rows - r) : Vector{};
        transpose(tile);
#pragma GCC unroll 16
        for (int64_t i = 0; i < kVector; i++) store(turned.data() + (r + i) * apart + k, tile[i]);
      }
    product<false>(rows, panels, reinterpret_cast<const Pair*>(turned.data()), apart, b, b_apart, b_panel, c, c_apart, c_panel, length, adds);
  } else {
    // Blocks of rows have equal heights, and steps equal depths; fewer pairs than steps may remain.
    const int64_t blocks = (rows + 31) / 32, block = (rows + blocks - 1) / blocks, steps = (length + 15) / 16, depth = length / steps;
    int64_t configured = 0;
    for (int64_t first = 0; first < rows; first += block) {
      const int64_t count = std::min(rows - first, block), height = (count + 1) / 2, lower = first + count - height;
      if (std::exchange(configured, height) != height) configure_tiles(height, depth);
      for (int64_t panel = 0; panel < panels; panel += 2)
        (panel + 1 < panels ? product_on_tiles<2> : product_on_tiles<1>)(
            a + first * a_apart, a + lower * a_apart, a_apart, b + panel * b_panel, b_apart, b_panel, c + first * c_apart + panel * c_panel,
            c + lower * c_apart + panel * c_panel, c_apart, c_panel, depth, steps, adds);
    }
    _tile_release();
    if (const int64_t done = steps * depth; done < length)
      product<false, kTilePanels>(rows, panels, a + done, a_apart, b + done * b_apart, b_apart, b_panel, c, c_apart, c_panel, length - done, true);
  }
}

}  // namespace VARIANT
