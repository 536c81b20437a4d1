// Linear layers over a few rows, as in generating tokens one by one. Reading the weights takes most of the time, and is done once for all rows.

#include "kernels.h"
#include "token_rows.h"

namespace VARIANT {
namespace {

// Number of adjacent outputs, chosen so that no sum waits for the previous one.
template <int Rows>
constexpr int kOutputs = Rows <= 2 ? 8 : Rows <= 4 ? 4 : 2;

// Multiplies rows, which are `apart` elements apart, by several rows of weights.
template <int Rows, int Outputs, typename W>
void products(const float* x, int64_t apart, const W* weight, int64_t length, float (&out)[Rows][Outputs]) {
  Vector totals[Rows][Outputs] = {};
  const auto add = [&](int64_t k, auto load_at) {
    Vector left[Rows];
    for (int row = 0; row < Rows; row++) left[row] = load(x + row * apart + k);
#pragma GCC unroll 8
    for (int o = 0; o < Outputs; o++) {
      const Vector right = load_at(weight + o * length + k);
#pragma GCC unroll 8
      for (int row = 0; row < Rows; row++) totals[row][o] += left[row] * right;
    }
  };
  int64_t k = 0;
  for (; k + kVector <= length; k += kVector) add(k, [](const W* from) { return load(from); });
  if (k < length) add(k, [&](const W* from) { return load_some(from, length - k); });
  for (int row = 0; row < Rows; row++)
    for (int o = 0; o < Outputs; o++) out[row][o] = sum(totals[row][o]);
}

// Multiplies (Rows, K), in rows of whole vectors, by a weight (N, K). The result is (Rows, N).
template <int Rows, typename W, typename T>
void multiply(const float* x, int64_t apart, const W* weight, int64_t length, const float* bias, T* out, int64_t outputs) {
  constexpr int count = kOutputs<Rows>;
  parallel_for(0, (outputs + count - 1) / count, std::max<int64_t>(1, (1 << 15) / (count * length)), [&](int64_t begin, int64_t end) {
    const auto write = [&](int64_t first, const auto& found) {
      for (int row = 0; row < Rows; row++)
        for (size_t o = 0; o < std::size(found[row]); o++) out[row * outputs + first + o] = T(found[row][o] + (bias ? bias[first + o] : 0.0f));
    };
    for (int64_t first = begin * count; first < std::min(end * count, outputs / count * count); first += count) {
      float found[Rows][count];
      products(x, apart, weight + first * length, length, found);
      write(first, found);
    }
    for (int64_t o = std::max(begin * count, outputs / count * count); o < std::min(end * count, outputs); o++) {
      float found[Rows][1];
      products(x, apart, weight + o * length, length, found);
      write(o, found);
    }
  });
}

template <int Rows, typename... Arguments>
void multiply_rows(int64_t rows, Arguments... arguments) {
  if (rows == Rows)
    multiply<Rows>(arguments...);
  else if constexpr (Rows > 1)
    multiply_rows<Rows - 1>(rows, arguments...);
}

constexpr int kMostRows = 8;

}  // namespace

// x is (..., K), float32, in rows of whole vectors of 16 whose padding is ignored. The weight is (N, k) with k at most K, or (N, ...) with k values per
// output.
void small_batch_linear(const Tensor& x, const Tensor& weight, const Tensor& bias, const Tensor& out) {
  require(x.dimensions > 0 && x.count() > 0 && weight.dimensions > 0 && weight.count() > 0, "expects x (..., K) and a weight (N, k)");
  const int64_t apart = x.size(-1), rows = x.count() / apart, outputs = weight.size(0), length = weight.count() / outputs;
  require(apart == whole(length, kRow) && rows <= kMostRows && out.count() == rows * outputs && (!bias.is_given() || bias.count() == outputs),
          "expects x (..., K) of at most ", kMostRows, " rows, a weight (N, k) and a bias (N)");
  by_type(weight, [&](auto weight_type) {
    by_type(out, [&](auto type) {
      multiply_rows<kMostRows>(rows, static_cast<const float*>(floats(x)), apart,
                               static_cast<const decltype(weight_type)*>(weight.data_of<decltype(weight_type)>()), length,
                               bias.is_given() ? static_cast<const float*>(floats(bias)) : nullptr, out.data_of<decltype(type)>(), outputs);
    });
  });
}

}  // namespace VARIANT
