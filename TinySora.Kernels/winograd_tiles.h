// Tiles of frames, and the matrices that Winograd convolutions multiply (winograd.cpp).
#pragma once

#include "kernels.h"
#include "workspace.h"
#include "gemm.h"
#include "winograd_points.h"

namespace VARIANT {

template <int Taps>
constexpr int64_t kProducts = kPatch<Taps> * kPatch<Taps>;

// One matrix per product of points, consecutively.
template <int Taps>
struct Matrices {
  // Strides of rows and of matrices, with room for whole panels. They are never powers of two, which would map to the same cache lines.
  int64_t apart, each;

  Matrices(int64_t rows, int64_t columns) : apart(columns + 16), each(rows * apart + 16) {}
  static Matrices panel(int64_t rows) { return Matrices(rows, kPanel - 16); }
  int64_t size() const { return kProducts<Taps> * each; }
};

// Frames of results in tiles of kSide x kSide pixels, frame after frame. The last tiles in a frame may extend beyond its edge.
template <int Taps>
struct Tiles {
  int64_t height, width, rows, columns, count;

  Tiles(int64_t frames, int64_t height, int64_t width)
      : height(height), width(width), rows((height + kSide - 1) / kSide), columns((width + kSide - 1) / kSide), count(frames * rows * columns) {}
  explicit Tiles(const Tensor& frames) : Tiles(frames.size(0), frames.size(1), frames.size(2)) {}

  // Tiles for the results of a convolution over x with the given padding.
  static Tiles of_results(const Tensor& x, int64_t padding) {
    return {x.size(0), x.size(1) + 2 * padding - Taps + 1, x.size(2) + 2 * padding - Taps + 1};
  }

  // Addresses of the pixels of a square that begins `before` pixels before a tile, with a substitute for pixels outside the frame.
  template <int Side, typename T>
  void pixels(int64_t tile, int64_t frame_height, int64_t frame_width, int64_t before, int64_t channels, T* frames, T* outside, T* (&to)[Side][Side]) const {
    const int64_t left = tile % columns * kSide - before, top = tile / columns % rows * kSide - before;
    T* const frame = frames + tile / (rows * columns) * frame_height * frame_width * channels;
    for (int64_t y = 0; y < Side; y++)
      for (int64_t x = 0; x < Side; x++)
        to[y][x] = top + y >= 0 && top + y < frame_height && left + x >= 0 && left + x < frame_width
                       ? frame + ((top + y) * frame_width + left + x) * channels
                       : outside;
  }

  // Fills rows `to` of the matrices, in whole panels, from a square of pixels of x for each tile; optionally adds up the pixels over
  // all tiles.
  template <int Side, typename T>
  void transform_in(const Tensor& x, int64_t before, const T* zeros, int64_t first, int64_t number, float* to, const Matrices<Taps>& matrices,
                    float* sums = nullptr) const {
    constexpr int64_t patch = kPatch<Taps>;
    const int64_t channels = x.size(3);
    const T* const frames = x.data_of<T>();
    for (int64_t t = 0; t < number; t++, to += matrices.apart) {
      const T* square[Side][Side];
      pixels<Side>(first + t, x.size(1), x.size(2), before, channels, frames, zeros, square);
      for (int64_t c = 0; c < whole(channels, kPanel); c += kVector) {
        const int64_t left = channels - c;
        transform<Side, patch>([&](int y, int x) { return load_some(square[y][x] + c, left); },
                               [&](int y, int x, Vector value) { store(to + (y * patch + x) * matrices.each + c, value); });
        if (sums) {
          Vector sum = load_some(sums + c, left);
          for (const auto& row : square)
            for (const T* pixel : row) sum += load_some(pixel + c, left);
          store_some(sums + c, sum, left);
        }
      }
    }
  }

  // Copies the existing channels of kPanel from (tiles, kProducts, kPanel).
  template <typename T>
  void transform_out(const float* from, const float* bias, int64_t first, int64_t number, T* frames, int64_t channels, int64_t channel) const {
    constexpr int64_t patch = kPatch<Taps>;
    T nowhere[kPanel];
    for (int64_t t = 0; t < number; t++, from += kProducts<Taps> * kPanel) {
      T* square[kSide][kSide];
      pixels<kSide>(first + t, height, width, 0, channels, frames + channel, nowhere, square);
      for (int64_t c = 0; c < kPanel; c += kVector) {
        const int64_t left = channels - channel - c;
        const Vector shift = bias ? load_some(bias + channel + c, left) : Vector{};
        transform<patch, kSide>([&](int y, int x) { return load(from + (y * patch + x) * kPanel + c); },
                                [&](int y, int x, Vector value) { store_some(square[y][x] + c, value + shift, left); });
      }
    }
  }
};

}  // namespace VARIANT
