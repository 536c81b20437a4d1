// Gradients of the elementwise operations and norms of recorded programs, and sums of gradients.

#include "row_norm.h"
#include "strided.h"

namespace VARIANT {
namespace {

// Rows that are summed before they are added to the result, because a long sum in float32 loses digits.
constexpr int64_t kGroup = 32;

template <typename Slope>
void chain(const Tensor& x, const Tensor& grad, const Tensor& out, Slope slope) {
  Axes<3>({&out, &x, &grad}).for_each_row([&](float* const* at, const int64_t* apart, int64_t count) {
    if (apart[0] == 1 && apart[1] == 1 && apart[2] == 1)
      for (int64_t i = 0; i < count; i += kVector)
        store_some(at[0] + i, load_some(at[2] + i, count - i) * slope(load_some(at[1] + i, count - i)), count - i);
    else
      for (int64_t i = 0; i < count; i++) at[0][i * apart[0]] = at[2][i * apart[2]] * slope(all(at[1][i * apart[1]]))[0];
  });
}

// Applies a function of one number to each element of a vector.
template <typename Map>
Vector each(Vector v, Map map) {
  for (int64_t i = 0; i < kVector; i++) v[i] = map(v[i]);
  return v;
}

// Adds up rows (count) of contiguous values.
void add_rows(const float* from, int64_t apart, int64_t rows, int64_t count, float* to) {
  std::vector<float> part(count);
  for (int64_t first = 0; first < rows; first += kGroup) {
    const int64_t last = std::min(first + kGroup, rows);
    std::copy_n(from + first * apart, count, part.data());
    for (int64_t row = first + 1; row < last; row++)
#pragma omp simd
      for (int64_t i = 0; i < count; i++) part[i] += from[row * apart + i];
#pragma omp simd
    for (int64_t i = 0; i < count; i++) to[i] += part[i];
  }
}

}  // namespace

// The gradient of unary.
void unary_backward(const Tensor& x, const Tensor& grad, const Tensor& out, int64_t operation, double factor) {
  const float by = factor;
  switch (Unary(operation)) {
    case Unary::Scale: return chain(x, grad, out, [=](Vector) { return all(by); });
    case Unary::Silu: return chain(x, grad, out, [](Vector v) {
      const Vector sigmoid = logistic(v);
      return sigmoid * (1.0f + v * (1.0f - sigmoid));
    });
    case Unary::Gelu: return chain(x, grad, out, [](Vector v) {
      return each(v, [](float z) { return 0.5f * (1.0f + std::erf(z * 0.70710678f)) + z * 0.39894228f * std::exp(-0.5f * z * z); });
    });
    case Unary::Sine: return chain(x, grad, out, [](Vector v) { return each(v, [](float z) { return std::cos(z); }); });
    case Unary::Cosine: return chain(x, grad, out, [](Vector v) { return each(v, [](float z) { return -std::sin(z); }); });
    case Unary::Square: return chain(x, grad, out, [](Vector v) { return 2.0f * v; });
    case Unary::ReciprocalRoot: return chain(x, grad, out, [](Vector v) { return each(v, [](float z) { return -0.5f / (z * std::sqrt(z)); }); });
  }
  refuse("unknown unary operation");
}

// Adds to a result of the same size. Along an axis on which the result is repeated (stride 0), the sum is added.
void accumulate(const Tensor& x, const Tensor& out) {
  const Axes<2> axes({&out, &x});
  if (axes.count == 2 && axes.strides[0][0] == 0 && axes.strides[0][1] == 1 && axes.strides[1][1] == 1)
    return add_rows(axes.data[1], axes.strides[1][0], axes.sizes[0], axes.sizes[1], axes.data[0]);
  axes.for_each_row([](float* const* at, const int64_t* apart, int64_t count) {
    if (apart[0] == 1 && apart[1] == 1) {
#pragma omp simd
      for (int64_t i = 0; i < count; i++) at[0][i] += at[1][i];
    } else if (apart[0] == 0) {
      double sum = 0;
      for (int64_t i = 0; i < count; i++) sum += at[1][i * apart[1]];
      at[0][0] += float(sum);
    } else {
      for (int64_t i = 0; i < count; i++) at[0][i * apart[0]] += at[1][i * apart[1]];
    }
  });
}

// Gradients of channel_norm, with the statistics that it returned; overwrites the results. Without a shift, its gradient is absent.
void channel_norm_backward(const Tensor& x, const Tensor& gain, const Tensor& statistics, const Tensor& grad, const Tensor& grad_x, const Tensor& grad_gain,
                           const Tensor& grad_shift) {
  const int64_t channels = x.size(-1), rows = x.count() / channels, width = whole(channels, kRow);
  require(gain.count() == channels && grad_gain.count() == channels && statistics.count() == 2 * rows,
          "expects x (..., C), a gain (C) and statistics (rows, 2)");
  const float *const from = floats(x), *const by = floats(gain), *const slopes = floats(grad);
  const RowNorm* const norms = RowNorm::of(statistics);
  float* const to = floats(grad_x);
  const int64_t parts = std::min(kParts, (rows + kGroup - 1) / kGroup);
  std::vector<float> sums(parts * 2 * width, 0.0f);
  parallel_for(0, parts, 1, [&](int64_t first, int64_t last) {
    for (int64_t part = first; part < last; part++) {
      float *const of_gain = &sums[part * 2 * width], *const of_shift = of_gain + width;
      for (int64_t r = part * rows / parts; r < (part + 1) * rows / parts; r++) {
        const RowNorm norm = norms[r];
        Vector total = {}, along = {};
        for (int64_t c = 0; c < channels; c += kVector) {
          const int64_t left = channels - c;
          const Vector g = load_some(slopes + r * channels + c, left), unit = norm(load_some(from + r * channels + c, left));
          const Vector slope = g * load_some(by + c, left);
          store(of_gain + c, load(of_gain + c) + g * unit);
          store(of_shift + c, load(of_shift + c) + g);
          total += slope;
          along += slope * unit;
        }
        const float level = sum(total) / channels, tilt = sum(along) / channels;
        for (int64_t c = 0; c < channels; c += kVector) {
          const int64_t left = channels - c;
          const Vector unit = norm(load_some(from + r * channels + c, left));
          const Vector slope = load_some(slopes + r * channels + c, left) * load_some(by + c, left);
          store_some(to + r * channels + c, norm.inverse * (slope - level - unit * tilt), left);
        }
      }
    }
  });
  float *const to_gain = floats(grad_gain), *const to_shift = grad_shift.is_given() ? floats(grad_shift) : nullptr;
  for (int64_t c = 0; c < channels; c++) {
    float of_gain = 0, of_shift = 0;
    for (int64_t part = 0; part < parts; part++) of_gain += sums[part * 2 * width + c], of_shift += sums[part * 2 * width + width + c];
    to_gain[c] = of_gain;
    if (to_shift) to_shift[c] = of_shift;
  }
}

}  // namespace VARIANT
