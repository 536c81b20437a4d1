// Windows of frames as rows of matrices, for convolutions that Winograd's algorithm does not help.

#include "kernels.h"
#include "simd.h"

namespace VARIANT {
namespace {

struct Windows {
  int64_t frames, height, width, channels, rows, columns, kernel, stride, padding;

  Windows(const Tensor& x, const Tensor& windows, int64_t kernel, int64_t stride, int64_t padding) : kernel(kernel), stride(stride), padding(padding) {
    require(x.dimensions == 4 && windows.dimensions == 4, "expects x (N, H, W, C) and windows (N, H', W', k * k * C)");
    frames = x.size(0), height = x.size(1), width = x.size(2), channels = x.size(3), rows = windows.size(1), columns = windows.size(2);
    require(windows.size(0) == frames && windows.size(3) == kernel * kernel * channels && (rows - 1) * stride + kernel <= height + 2 * padding &&
                (columns - 1) * stride + kernel <= width + 2 * padding,
            "expects windows that lie within the padded frames");
  }

  // Calls work(offset in x or -1, offset in the windows, length) for each run of pixels in a window.
  template <typename Work>
  void for_each(const Work& work) const {
    int64_t to = 0;
    for (int64_t n = 0; n < frames; n++)
      for (int64_t r = 0; r < rows; r++)
        for (int64_t c = 0; c < columns; c++)
          for (int64_t y = r * stride - padding; y < r * stride - padding + kernel; y++) {
            const int64_t x = c * stride - padding, first = std::max<int64_t>(x, 0), last = std::min(x + kernel, width);
            if (y < 0 || y >= height || first >= last) {
              work(int64_t(-1), to, kernel * channels);
            } else {
              if (first > x) work(int64_t(-1), to, (first - x) * channels);
              work(((n * height + y) * width + first) * channels, to + (first - x) * channels, (last - first) * channels);
              if (last < x + kernel) work(int64_t(-1), to + (last - x) * channels, (x + kernel - last) * channels);
            }
            to += kernel * channels;
          }
  }
};

}  // namespace

void unfold(const Tensor& x, const Tensor& out, int64_t kernel, int64_t stride, int64_t padding) {
  const float* const from = floats(x);
  float* const to = floats(out);
  Windows(x, out, kernel, stride, padding).for_each([=](int64_t source, int64_t at, int64_t length) {
    if (source < 0)
      std::fill_n(to + at, length, 0.0f);
    else
      std::copy_n(from + source, length, to + at);
  });
}

// The gradient of unfold; overwrites the result.
void fold(const Tensor& windows, const Tensor& out, int64_t kernel, int64_t stride, int64_t padding) {
  const float* const from = floats(windows);
  float* const to = floats(out);
  std::fill_n(to, out.count(), 0.0f);
  Windows(out, windows, kernel, stride, padding).for_each([=](int64_t target, int64_t at, int64_t length) {
    if (target >= 0)
#pragma omp simd
      for (int64_t i = 0; i < length; i++) to[target + i] += from[at + i];
  });
}

}  // namespace VARIANT
