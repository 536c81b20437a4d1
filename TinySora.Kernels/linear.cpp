// Linear layers. libtorch's products are Intel's library's, which on processors of others reaches a half of what these have, and less.

#include "kernels.h"
#include "memory.h"
#include "token_rows.h"

namespace VARIANT {
namespace {

// Rows that are worked on at a time, in whole tiles, so that they stay in a cache; bytes of rows whose products are summed at a time.
constexpr int64_t kBlock = 48, kGroupBytes = 3 << 19;

// (M, kPanel) of so many panels, one after the other, out of rows of as many columns.
void pack_panels(const float* from, int64_t apart, int64_t first, int64_t last, int64_t panels, int64_t rows, float* to) {
  for (int64_t row = first; row < last; row++)
    for (int64_t p = 0; p < panels; p++)
      for (int64_t c = 0; c < kPanel; c += kVector) store(to + (p * rows + row) * kPanel + c, load(from + row * apart + p * kPanel + c));
}

// (rows, panels * kPanel) = (rows, length) times panels of (length, kPanel), or with a row of the result to begin with.
void multiply(const float* left, int64_t rows, int64_t length, const float* packed, int64_t panels, const float* start, float* out) {
  const int64_t blocks = (rows + kBlock - 1) / kBlock, width = panels * kPanel;
  const auto of_block = [&](int64_t block, int64_t panel) {
    const int64_t first = block * kBlock, count = std::min(kBlock, rows - first);
    float* const to = out + first * width + panel * kPanel;
    if (start)
      for (int64_t row = 0; row < count; row++)
        for (int64_t c = 0; c < kPanel; c += kVector) store(to + row * width + c, load(start + panel * kPanel + c));
    product<false>(count, left + first * length, length, packed + panel * length * kPanel, kPanel, to, width, length, start != nullptr);
  };
  if (blocks >= panels)
    parallel_for(0, blocks, 1, [&](int64_t begin, int64_t end) {
      for (int64_t block = begin; block < end; block++)
        for (int64_t panel = 0; panel < panels; panel++) of_block(block, panel);
    });
  else
    parallel_for(0, panels, 1, [&](int64_t begin, int64_t end) {
      for (int64_t panel = begin; panel < end; panel++)
        for (int64_t block = 0; block < blocks; block++) of_block(block, panel);
    });
}

void require_linear(const Tensor& x, const Tensor& weight, const Tensor& result) {
  require(x.dimensions == 2 && weight.dimensions == 2 && result.dimensions == 2 && x.size(0) == result.size(0) && x.size(1) == weight.size(1) &&
              result.size(1) == weight.size(0) && weight.size(0) % kPanel == 0 && weight.size(1) % kPanel == 0,
          "expects x (M, I), a weight (O, I) and a result (M, O), I and O multiples of ", kPanel);
}

}  // namespace

void linear(const Tensor& x, const Tensor& weight, const Tensor& bias, const Tensor& out) {
  require_linear(x, weight, out);
  const int64_t inputs = weight.size(1), panels = weight.size(0) / kPanel;
  const Buffer packed(weight.count());
  parallel_for(0, panels, 1, [&](int64_t begin, int64_t end) {
    for (int64_t p = begin; p < end; p++)
      pack_columns(Rows<const float>{floats(weight) + p * kPanel * inputs, inputs}, kPanel, inputs, packed.data() + p * kPanel * inputs);
  });
  multiply(floats(x), x.size(0), inputs, packed.data(), panels, bias.is_given() ? floats(bias) : nullptr, floats(out));
}

void linear_backward_input(const Tensor& grad, const Tensor& weight, const Tensor& grad_x) {
  require_linear(grad_x, weight, grad);
  const int64_t outputs = weight.size(0), inputs = weight.size(1);
  const Buffer packed(weight.count());
  parallel_for(0, outputs, 64, [&](int64_t begin, int64_t end) {
    pack_panels(floats(weight), inputs, begin, end, inputs / kPanel, outputs, packed.data());
  });
  multiply(floats(grad), grad.size(0), outputs, packed.data(), inputs / kPanel, nullptr, floats(grad_x));
}

void linear_backward_weight(const Tensor& x, const Tensor& grad, const Tensor& grad_weight) {
  require_linear(x, grad_weight, grad);
  const int64_t rows = x.size(0), outputs = grad_weight.size(0), inputs = grad_weight.size(1);
  const int64_t group = std::min(rows, std::max<int64_t>(64, kGroupBytes / 4 / (inputs + outputs)));
  const Buffer of_x(group * inputs), of_grad(group * outputs);
  for (int64_t first = 0; first < rows; first += group) {
    const int64_t count = std::min(group, rows - first);
    parallel_for(0, count, 32, [&](int64_t begin, int64_t end) {
      pack_panels(floats(x) + first * inputs, inputs, begin, end, inputs / kPanel, group, of_x.data());
      pack_panels(floats(grad) + first * outputs, outputs, begin, end, outputs / kPanel, group, of_grad.data());
    });
    parallel_for(0, outputs / kPanel, 1, [&](int64_t begin, int64_t end) {
      for (int64_t p = begin; p < end; p++)
        for (int64_t i = 0; i < inputs; i += kPanel)
          product<true>(kPanel, of_grad.data() + p * group * kPanel, kPanel, of_x.data() + i * group, kPanel, floats(grad_weight) + p * kPanel * inputs + i,
                        inputs, count, first > 0);
    });
  }
}

}  // namespace VARIANT
