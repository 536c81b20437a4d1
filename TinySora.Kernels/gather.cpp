// Rows of tables by index, for recorded programs.

#include "kernels.h"
#include "simd.h"

namespace VARIANT {
namespace {

// Calls work(row of the table, row of the result) for each index. Indices are stored as float32.
template <typename Work>
void for_each_row(const Tensor& indices, const Tensor& table, const Tensor& rows, const Work& work) {
  const int64_t width = table.size(-1), count = table.count() / width;
  require(rows.count() == indices.count() * width, "expects a row of ", width, " values per index");
  const float* const from = floats(indices);
  for (int64_t i = 0; i < indices.count(); i++) {
    require(from[i] >= 0 && from[i] < count, "expects indices below ", count, ", got ", from[i]);
    work(floats(table) + int64_t(from[i]) * width, floats(rows) + i * width, width);
  }
}

}  // namespace

// From (..., ) indices and a table (K, D) to rows (..., D).
void gather(const Tensor& indices, const Tensor& table, const Tensor& out) {
  for_each_row(indices, table, out, [](const float* row, float* to, int64_t width) { std::copy_n(row, width, to); });
}

// The gradient of the table; overwrites it.
void gather_backward(const Tensor& indices, const Tensor& grad, const Tensor& grad_table) {
  std::fill_n(floats(grad_table), grad_table.count(), 0.0f);
  for_each_row(indices, grad_table, grad, [](float* sum, const float* row, int64_t width) {
#pragma omp simd
    for (int64_t i = 0; i < width; i++) sum[i] += row[i];
  });
}

}  // namespace VARIANT
