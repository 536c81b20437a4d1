// Rows of tokens in their own memory, or arranged for products: see attention.cpp.

#pragma once

#include "gemm.h"

namespace VARIANT {

// Operand of one multiplication, and the number of T values that it holds.
template <typename T>
struct Factors;
template <>
struct Factors<float> {
  using Type = float;
  static constexpr int64_t kCount = 1;
};
#ifdef __AVX512BF16__
template <>
struct Factors<BFloat16> {
  using Type = Pair;
  static constexpr int64_t kCount = 2;
};
#endif
template <typename T>
using Factor = typename Factors<T>::Type;

// Rows with a stride.
template <typename T>
struct Rows {
  T* data;
  int64_t apart;
  T* operator[](int64_t row) const { return data + row * apart; }
  Rows from(int64_t row) const { return {data + row * apart, apart}; }
};

// (rows, padded width), or half as many rows of pairs, in which the last pair is filled with zeros. Nothing beyond the width is read.
template <typename T>
void pack_rows(Rows<const T> from, int64_t rows, int64_t width, Factor<T>* to) {
  constexpr int64_t n = Factors<T>::kCount;
  const int64_t apart = whole(width, kPanel);
  for (int64_t r = 0; r < rows; r += n)
    for (int64_t c = 0; c < width; c += kVector) {
      const Vector even = load_some(from[r] + c, width - c);
      if constexpr (n == 1)
        store(to + r * apart + c, even);
      else
        store_pairs(reinterpret_cast<T*>(to + r / n * apart + c), even, r + 1 < rows ? load_some(from[r + 1] + c, width - c) : Vector{});
    }
}

// Rows as columns of panels: (panels, factors per row, kPanel).
template <typename T>
void pack_columns(Rows<const T> from, int64_t rows, int64_t width, Factor<T>* to) {
  constexpr int64_t n = Factors<T>::kCount;
  const int64_t length = width / n;
  for (int64_t first = 0; first < whole(rows, kPanel); first += kVector)
    for (int64_t f = 0; f < length; f += kVector) {
      Vector tile[kVector];
#pragma GCC unroll 16
      for (int64_t r = 0; r < kVector; r++)  // bits of any type
        tile[r] = first + r < rows ? load_some(reinterpret_cast<const float*>(from[first + r] + n * f), length - f) : Vector{};
      transpose(tile);
      for (int64_t r = 0; r < std::min(kVector, length - f); r++)
        std::memcpy(to + (first / kPanel * length + f + r) * kPanel + first % kPanel, &tile[r], sizeof(Vector));
    }
}

template <typename T>
void copy_rows(Rows<const T> from, int64_t rows, int64_t width, Factor<T>* to) {
  for (int64_t r = 0; r < rows; r++) std::memcpy(to + r * (width / Factors<T>::kCount), from[r], width * sizeof(T));
}

template <typename T>
void write_rows(const float* from, float by, int64_t rows, int64_t width, Rows<T> to) {
  for (int64_t r = 0; r < rows; r++)
    for (int64_t c = 0; c < width; c += kVector) store_some(to[r] + c, load(from + r * whole(width, kPanel) + c) * by, width - c);
}

// Memory in whole cache lines.
class Scratch {
  std::vector<float> memory;
  int64_t used;

 public:
  explicit Scratch(int64_t floats) : memory(floats + 16 * kRow), used((64 - reinterpret_cast<uintptr_t>(memory.data()) % 64) % 64 / sizeof(float)) {}

  // T must not be larger than float.
  template <typename T>
  T* take(int64_t count) {
    float* const from = memory.data() + used;
    used += whole((count * sizeof(T) + sizeof(float) - 1) / sizeof(float), kRow);
    return reinterpret_cast<T*>(from);
  }
};

}  // namespace VARIANT
