// Products of matrices in memory of any strides, for layers of any width in recorded programs.

#include "kernels.h"
#include "workspace.h"
#include "token_rows.h"

namespace VARIANT {
namespace {

// Rows of a result per block, and length of the summed dimension per block, whose operands remain in a core's cache.
constexpr int64_t kBlock = 48, kLength = 256;

// One matrix of a batch (rows, columns) and its strides.
struct Matrix {
  float* data;
  int64_t row, column;

  Matrix(const Tensor& t, int64_t number) : data(floats(t) + number * t.stride(0)), row(t.stride(1)), column(t.stride(2)) {}
};

// The right matrix in panels of kPanel columns; those beyond the last column are undefined.
struct Panels {
  const float* data;
  int64_t row, panel;
};

// Returns whether the rows can be read in whole panels where they are.
bool is_direct(const Matrix& m, int64_t columns) { return m.column == 1 && (columns % kPanel == 0 || m.row == whole(columns, kPanel)); }

void pack(const Matrix& from, int64_t rows, int64_t columns, float* to) {
  parallel_for(0, whole(columns, kPanel) / kPanel, 4, [&](int64_t begin, int64_t end) {
    for (int64_t panel = begin; panel < end; panel++) {
      float* const at = to + panel * rows * kPanel;
      const int64_t first = panel * kPanel, count = std::min(kPanel, columns - first);
      if (from.row == 1)
        pack_columns(Rows<const float>{from.data + first * from.column, from.column}, count, rows, at);
      else if (from.column == 1)
        for (int64_t r = 0; r < rows; r++)
          for (int64_t c = 0; c < kPanel; c += kVector) store(at + r * kPanel + c, load_some(from.data + r * from.row + first + c, count - c));
      else
        for (int64_t r = 0; r < rows; r++)
          for (int64_t c = 0; c < kPanel; c++) at[r * kPanel + c] = c < count ? from.data[r * from.row + (first + c) * from.column] : 0.0f;
    }
  });
}

template <bool IsTurned>
void multiply(const Matrix& a, const Panels& b, const float* bias, const Matrix& out, int64_t rows, int64_t length, int64_t columns, bool adds) {
  const int64_t apart = IsTurned ? a.column : a.row, panels = whole(columns, kPanel) / kPanel;
  constexpr int64_t width = kTilePanels * kPanel;
  parallel_for(0, rows, kBlock, [&](int64_t begin, int64_t end) {
    float sums[kBlock * width];
    for (int64_t first = begin; first < end; first += kBlock)
      for (int64_t panel = 0; panel < panels; panel += kTilePanels) {
        const int64_t count = std::min(kBlock, end - first), number = std::min<int64_t>(kTilePanels, panels - panel);
        for (int64_t k = 0; k < length; k += kLength)
          product<IsTurned>(count, number, a.data + first * (IsTurned ? 1 : apart) + k * (IsTurned ? apart : 1), apart, b.data + panel * b.panel + k * b.row,
                            b.row, b.panel, sums, width, kPanel, std::min(kLength, length - k), k > 0);
        for (int64_t c = 0; c < number * kPanel; c += kVector) {
          const int64_t column = panel * kPanel + c, left = columns - column;
          const Vector more = bias ? load_some(bias + column, left) : Vector{};
          for (int64_t r = 0; r < count; r++) {
            float* const to = out.data + (first + r) * out.row + column;
            const Vector sum = load(sums + r * width + c) + more;
            store_some(to, adds ? load_some(to, left) + sum : sum, left);
          }
        }
      }
  });
}

}  // namespace

// (G, M, N) = or += (G, M, K) (G, K, N) + bias (N). If the matrices of the result are the same memory (stride 0), their sum is computed.
void matmul(const Tensor& a, const Tensor& b, const Tensor& bias, const Tensor& out, bool adds) {
  require(a.dimensions == 3 && b.dimensions == 3 && out.dimensions == 3, "expects matrices in batches");
  const int64_t number = out.size(0), rows = out.size(1), columns = out.size(2), length = a.size(2);
  require(a.size(0) == number && b.size(0) == number && a.size(1) == rows && b.size(1) == length && b.size(2) == columns && out.stride(2) == 1,
          "expects (G, M, K), (G, K, N) and a result (G, M, N) of contiguous rows");
  const Matrix first(b, 0);
  const bool is_packed = !is_direct(first, columns), is_shared = b.stride(0) == 0;
  const Buffer memory(is_packed ? length * whole(columns, kPanel) : 0);
  const int64_t left_size = rows * length;
  const bool is_gathered = a.stride(2) != 1 && a.stride(1) != 1;
  const Buffer gathered(is_gathered ? left_size : 0);
  for (int64_t g = 0; g < number; g++) {
    const Matrix right(b, g), to(out, g);
    Matrix left(a, g);
    if (is_packed && (g == 0 || !is_shared)) pack(right, length, columns, memory.data());
    const Panels panels = is_packed ? Panels{memory.data(), kPanel, length * kPanel} : Panels{right.data, right.row, kPanel};
    if (is_gathered) {
      for (int64_t r = 0; r < rows; r++)
        for (int64_t k = 0; k < length; k++) gathered.data()[r * length + k] = left.data[r * left.row + k * left.column];
      left.data = gathered.data(), left.row = length, left.column = 1;
    }
    const bool adds_to = adds || (g > 0 && out.stride(0) == 0);
    const float* const shift = bias.is_given() ? floats(bias) : nullptr;
    if (left.column == 1)
      multiply<false>(left, panels, shift, to, rows, length, columns, adds_to);
    else
      multiply<true>(left, panels, shift, to, rows, length, columns, adds_to);
  }
}

}  // namespace VARIANT
