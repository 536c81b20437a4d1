// The taps of a convolution between their order in our parameters, (O, h, w, I), and the blocked ones that oneDNN's kernels
// want: tiles of 16 x 16 channels, turned in registers. oneDNN's own rearranging moves single numbers.

#pragma once

#include <optional>

#include "fused.h"
#include <oneapi/dnnl/dnnl.hpp>

namespace onednn {

using dnnl::memory;

// Sixteen rows of sixteen.
struct Tile {
  using Row = fused::Lanes<16>::Floats;
  Row rows[16];
};

// A blocked order: where the tile of (o, i, tap) lies, what is contiguous in it, and whether pairs are narrowed to bfloat16.
struct Blocked {
  bool by_output;      // tile rows hold outputs of one input each; otherwise inputs of one output
  bool narrow;         // rows are bfloat16, two and two interleaved
  int64_t block;       // outputs in a block; 0: tiles of 16 outputs and 16 inputs, each with all its taps
};

inline std::optional<Blocked> blocked(const memory::desc& desc) {
  using tag = memory::format_tag;
  const auto is = [&](memory::data_type type, tag order) { return desc == memory::desc(desc.dims(), type, order); };
  const auto f32 = memory::data_type::f32, bf16 = memory::data_type::bf16;
  if (is(f32, tag::Acdb16a)) return Blocked{true, false, 16};
  if (is(f32, tag::Acdb32a)) return Blocked{true, false, 32};
  if (is(f32, tag::Acdb48a)) return Blocked{true, false, 48};
  if (is(f32, tag::Acdb64a)) return Blocked{true, false, 64};
  if (is(bf16, tag::AcdB16a2b)) return Blocked{true, true, 16};
  if (is(bf16, tag::AcdB32a2b)) return Blocked{true, true, 32};
  if (is(bf16, tag::AcdB48a2b)) return Blocked{true, true, 48};
  if (is(bf16, tag::AcdB64a2b)) return Blocked{true, true, 64};
  if (is(f32, tag::ABcd16a16b)) return Blocked{false, false, 0};
  if (is(f32, tag::ABcd16b16a)) return Blocked{true, false, 0};
  if (is(bf16, tag::ABcd8a16b2a)) return Blocked{false, true, 0};
  return std::nullopt;
}

inline bool are_rows(const memory::desc& desc) {
  return desc == memory::desc(desc.dims(), memory::data_type::f32, memory::format_tag::acdb);
}

// Calls body(plain, packed, stride) for every tile: its place among the rows, its place in the blocked order, and how far
// apart its rows (or pairs of rows) lie there, in numbers.
template <typename Body>
void for_each_tile(const memory::dims& sizes, const Blocked& to, Body body) {
  const int64_t outputs = sizes[0], inputs = sizes[1], taps = sizes[2] * sizes[3];
  at::parallel_for(0, outputs / 16 * taps, std::max<int64_t>(1, (1 << 15) / (16 * inputs)), [&](int64_t begin, int64_t end) {
    for (int64_t n = begin; n < end; n++)
      for (int64_t i = 0; i < inputs; i += 16) {
        const int64_t o = n / taps * 16, tap = n % taps, plain = (o * taps + tap) * inputs + i;
        if (to.block == 0)
          body(plain, ((o * inputs + i * 16) * taps) + tap * 256, 16);
        else
          body(plain, ((o / to.block * taps + tap) * inputs + i) * to.block + o % to.block * (to.narrow ? 2 : 1), to.block);
      }
  });
}

// Whether it knew how.
inline bool arrange_taps(const memory& from, const memory& to) {
  const auto source = from.get_desc(), target = to.get_desc();
  const auto sizes = source.dims();
  if (sizes.size() != 4 || sizes[0] % 16 != 0 || sizes[1] % 16 != 0) return false;
  const int64_t row = sizes[1] * sizes[2] * sizes[3];  // from one output to the next
  if (are_rows(source)) {
    const auto order = blocked(target);
    if (!order || (order->block > 0 && sizes[0] % order->block != 0)) return false;
    const auto* plain = static_cast<const float*>(from.get_data_handle());
    for_each_tile(sizes, *order, [&](int64_t at, int64_t packed, int64_t stride) {
      Tile tile;
      for (int j = 0; j < 16; j++) tile.rows[j] = fused::load<Tile::Row>(plain + at + j * row);
      if (order->by_output) fused::transpose(tile.rows);
      if (order->narrow) {
        auto* narrow = static_cast<at::BFloat16*>(to.get_data_handle()) + packed;
        for (int j = 0; j < 16; j += 2) fused::store_pairs(narrow + j * stride, tile.rows[j], tile.rows[j + 1]);
      } else {
        auto* wide = static_cast<float*>(to.get_data_handle()) + packed;
        for (int j = 0; j < 16; j++) fused::store(wide + j * stride, tile.rows[j]);
      }
    });
    return true;
  }
  const auto order = blocked(source);
  if (!are_rows(target) || !order || order->narrow || order->block > 0) return false;
  const auto* packed = static_cast<const float*>(from.get_data_handle());
  auto* plain = static_cast<float*>(to.get_data_handle());
  for_each_tile(sizes, *order, [&](int64_t at, int64_t tile_at, int64_t stride) {
    Tile tile;
    for (int j = 0; j < 16; j++) tile.rows[j] = fused::load<Tile::Row>(packed + tile_at + j * stride);
    if (order->by_output) fused::transpose(tile.rows);
    for (int j = 0; j < 16; j++) fused::store(plain + at + j * row, tile.rows[j]);
  });
  return true;
}

}  // namespace onednn
