// Linear layers. libtorch's products use Intel's library, which reaches at most half of the peak speed on other vendors' processors.

#include "kernels.h"
#include "workspace.h"
#include "token_rows.h"

namespace VARIANT {
namespace {

// Number of rows per block (whole tiles, which remain in a cache), and number of bytes of the rows whose products are summed at a time.
constexpr int64_t kBlock = 48, kGroupBytes = 3 << 19;

// Arranges rows as columns of panels: (panels, factors, kPanel). Each factor holds values of n rows, with zeros for missing rows.
template <typename T, typename U>
void pack_panels(const U* from, int64_t apart, int64_t first, int64_t last, int64_t rows, int64_t panels, int64_t factors, Factor<T>* to) {
  constexpr int64_t n = Factors<T>::kCount;
  for (int64_t f = first; f < last; f++)
    for (int64_t p = 0; p < panels; p++)
      for (int64_t c = 0; c < kPanel; c += kVector) {
        const U* const at = from + f * n * apart + p * kPanel + c;
        Factor<T>* const place = to + (p * factors + f) * kPanel + c;
        if constexpr (n == 1)
          store(place, load(at));
        else
          store_pairs(reinterpret_cast<T*>(place), load(at), f * n + 1 < rows ? load(at + apart) : Vector{});
      }
}

inline Vector plus(Vector sum, const float* factor) { return sum + load(factor); }
#ifdef __AVX512BF16__
inline Vector plus(Vector sum, const Pair* factor) {
  const auto pairs = __builtin_bit_cast(Lanes<kVector>::Bits, load(factor));
  return sum + __builtin_bit_cast(Vector, pairs << 16) + __builtin_bit_cast(Vector, pairs & 0xffff0000);
}
#endif

// Sums over the rows of a panel, set or accumulated. Several sums run at a time, because each addition waits for the previous one.
template <typename F>
void sum_panel(const F* panel, int64_t factors, float* to, bool adds) {
  constexpr int64_t several = 4;
  for (int64_t c = 0; c < kPanel; c += kVector) {
    Vector sums[several] = {adds ? load(to + c) : Vector{}};
    int64_t f = 0;
    for (; f + several <= factors; f += several)
#pragma GCC unroll 4
      for (int64_t s = 0; s < several; s++) sums[s] = plus(sums[s], panel + (f + s) * kPanel + c);
    for (; f < factors; f++) sums[0] = plus(sums[0], panel + f * kPanel + c);
    store(to + c, (sums[0] + sums[1]) + (sums[2] + sums[3]));
  }
}

// (rows, panels * kPanel) = (rows, length) times panels of (length, kPanel), plus a row.
template <typename T>
void multiply(const T* left, int64_t rows, int64_t length, const Factor<T>* packed, int64_t panels, const float* shift, T* out) {
  const int64_t blocks = (rows + kBlock - 1) / kBlock, width = panels * kPanel, factors = length / Factors<T>::kCount;
  // Uses as many panels at a time as fit into a tile, except for the last panels.
  const auto of_block = [=](int64_t first, int64_t last, int64_t panel, int64_t number) {
    const int64_t count = std::min(kBlock, last - first);
    T* const to = out + first * width + panel * kPanel;
    constexpr int64_t apart = kTilePanels * kPanel;
    float sums[kBlock * apart];
    const auto rows_of_block = reinterpret_cast<const Factor<T>*>(left + first * length);
    product<false>(count, number, rows_of_block, factors, packed + panel * factors * kPanel, kPanel, factors * kPanel, sums, apart, kPanel, factors, false);
    for (int64_t c = 0; c < number * kPanel; c += kVector) {
      const Vector more = shift ? load(shift + panel * kPanel + c) : Vector{};
      for (int64_t row = 0; row < count; row++) store(to + row * width + c, load(sums + row * apart + c) + more);
    }
  };
  const auto number_from = [=](int64_t panel) { return std::min<int64_t>(kTilePanels, panels - panel); };
  if (blocks >= panels)
    parallel_for(0, rows, kBlock, [=](int64_t begin, int64_t end) {
      for (int64_t first = begin; first < end; first += kBlock)
        for (int64_t panel = 0; panel < panels; panel += kTilePanels) of_block(first, end, panel, number_from(panel));
    });
  else
    parallel_for(0, (panels + kTilePanels - 1) / kTilePanels, 1, [=](int64_t begin, int64_t end) {
      for (int64_t panel = begin * kTilePanels; panel < std::min(end * kTilePanels, panels); panel += kTilePanels)
        for (int64_t first = 0; first < rows; first += kBlock) of_block(first, rows, panel, number_from(panel));
    });
}

int64_t rows_of(const Tensor& x) { return x.count() / x.size(-1); }
int64_t inputs_of(const Tensor& weight) { return weight.count() / weight.size(0); }

// The weight is (O, I), or (O, ...) with I values per output.
void require_linear(const Tensor& x, const Tensor& weight, const Tensor& result) {
  require(x.dimensions > 0 && weight.dimensions > 0 && result.dimensions > 0 && x.count() > 0 && weight.count() > 0 && x.size(-1) == inputs_of(weight) &&
              result.size(-1) == weight.size(0) && rows_of(x) == rows_of(result) && weight.size(0) % kPanel == 0 && inputs_of(weight) % kPanel == 0,
          "expects x (..., I), a weight (O, I) and a result (..., O) with I and O multiples of ", kPanel);
}

// Calls a function with a value of the tensor's element type, if products support that type.
template <typename Body>
void by_factor(const Tensor& x, Body body) {
#ifdef __AVX512BF16__
  by_type(x, body);
#else
  require(x.type == Type::Float32, "expects float32 on this processor");
  body(float());
#endif
}

}  // namespace

void linear(const Tensor& x, const Tensor& weight, const Tensor& bias, const Tensor& out) {
  require_linear(x, weight, out);
  by_factor(x, [&](auto type) {
    using T = decltype(type);
    constexpr int64_t n = Factors<T>::kCount;
    const int64_t inputs = inputs_of(weight), panels = weight.size(0) / kPanel;
    const Buffer memory(weight.count() / n);
    Factor<T>* const packed = reinterpret_cast<Factor<T>*>(memory.data());
    const float* const from = floats(weight);
    parallel_for(0, panels, 1, [=](int64_t begin, int64_t end) {
      std::vector<T> narrow(n == 1 ? 0 : kPanel * inputs);
      for (int64_t p = begin; p < end; p++) {
        const float* const rows = from + p * kPanel * inputs;
        for (size_t i = 0; i < narrow.size(); i += kVector) store(narrow.data() + i, load(rows + i));
        if constexpr (n == 1)
          pack_columns(Rows<const T>{rows, inputs}, kPanel, inputs, packed + p * kPanel * inputs);
        else
          pack_columns(Rows<const T>{narrow.data(), inputs}, kPanel, inputs, packed + p * kPanel * inputs / n);
      }
    });
    multiply(x.data_of<T>(), rows_of(x), inputs, packed, panels, bias.is_given() ? floats(bias) : nullptr, out.data_of<T>());
  });
}

void linear_backward_input(const Tensor& grad, const Tensor& weight, const Tensor& grad_x) {
  require_linear(grad_x, weight, grad);
  by_factor(grad, [&](auto type) {
    using T = decltype(type);
    const int64_t outputs = weight.size(0), inputs = inputs_of(weight), factors = outputs / Factors<T>::kCount;
    const Buffer memory(factors * inputs);
    Factor<T>* const packed = reinterpret_cast<Factor<T>*>(memory.data());
    const float* const from = floats(weight);
    parallel_for(0, factors, 32, [=](int64_t begin, int64_t end) {
      pack_panels<T>(from, inputs, begin, end, outputs, inputs / kPanel, factors, packed);
    });
    multiply(grad.data_of<T>(), rows_of(grad), outputs, packed, inputs / kPanel, nullptr, grad_x.data_of<T>());
  });
}

// Gradients of the weight and, if there is one, the bias.
void linear_backward_weight(const Tensor& x, const Tensor& grad, const Tensor& grad_weight, const Tensor& grad_bias) {
  require_linear(x, grad_weight, grad);
  require(!grad_bias.is_given() || grad_bias.count() == grad_weight.size(0), "expects a bias of ", grad_weight.size(0), " outputs");
  by_factor(x, [&](auto type) {
    using T = decltype(type);
    constexpr int64_t n = Factors<T>::kCount;
    const int64_t rows = rows_of(x), outputs = grad_weight.size(0), inputs = inputs_of(grad_weight);
    const int64_t all = (rows + n - 1) / n, group = std::min(all, std::max<int64_t>(64, kGroupBytes / 4 / (inputs + outputs)));
    const Buffer memory_of_x(group * inputs), memory_of_grad(group * outputs);
    Factor<T>*const of_x = reinterpret_cast<Factor<T>*>(memory_of_x.data()), *const of_grad = reinterpret_cast<Factor<T>*>(memory_of_grad.data());
    const T *const from_x = x.data_of<T>(), *const from_grad = grad.data_of<T>();
    float *const to = floats(grad_weight), *const to_bias = grad_bias.is_given() ? floats(grad_bias) : nullptr;
    for (int64_t first = 0; first < all; first += group) {
      const int64_t count = std::min(group, all - first), row = first * n;
      parallel_for(0, count, 32, [=](int64_t begin, int64_t end) {
        pack_panels<T>(from_x + row * inputs, inputs, begin, end, rows - row, inputs / kPanel, group, of_x);
        pack_panels<T>(from_grad + row * outputs, outputs, begin, end, rows - row, outputs / kPanel, group, of_grad);
      });
      parallel_for(0, outputs / kPanel, 1, [=](int64_t begin, int64_t end) {
        for (int64_t p = begin; p < end; p++) {
          if (to_bias) sum_panel(of_grad + p * group * kPanel, count, to_bias + p * kPanel, first > 0);
          product<true>(kPanel, inputs / kPanel, of_grad + p * group * kPanel, kPanel, of_x, kPanel, group * kPanel, to + p * kPanel * inputs, inputs, kPanel,
                        count, first > 0);
        }
      });
    }
  });
}

}  // namespace VARIANT
