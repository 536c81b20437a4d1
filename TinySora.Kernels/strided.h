// Loops over tensors of the same sizes with any strides. An axis along which a tensor is repeated has stride 0.

#pragma once

#include "kernels.h"
#include "simd.h"

namespace VARIANT {

// Values of unary and unary_backward, as in TinySora.Engine/Layers/Recorded/RecordedTensor.Elementwise.cs.
enum class Unary : int64_t { Scale, Silu, Gelu, Sine, Cosine, Square, ReciprocalRoot };

// The axes of N tensors, with as many of them merged as possible.
template <size_t N>
struct Axes {
  int count = 0;
  int64_t sizes[kMostDimensions], strides[N][kMostDimensions];
  float* data[N];

  explicit Axes(const Tensor* const (&tensors)[N]) {
    const Tensor& first = *tensors[0];
    for (size_t n = 0; n < N; n++) {
      data[n] = floats(*tensors[n]);
      require(tensors[n]->dimensions == first.dimensions, "expects tensors of ", first.dimensions, " dimensions, got ", tensors[n]->dimensions);
    }
    for (int axis = 0; axis < first.dimensions; axis++) {
      for (size_t n = 1; n < N; n++)
        require(tensors[n]->sizes[axis] == first.sizes[axis], "expects equal sizes, got ", first.sizes[axis], " and ", tensors[n]->sizes[axis]);
      if (first.sizes[axis] != 1) add(tensors, axis);
    }
    if (count > 0) return;
    sizes[count++] = 1;
    for (size_t n = 0; n < N; n++) strides[n][0] = 0;
  }

  // Calls work(pointers, strides, length) for each row along the last axis.
  template <typename Work>
  void for_each_row(const Work& work) const {
    const int last = count - 1;
    int64_t rows = 1, number[kMostDimensions] = {}, apart[N];
    for (int axis = 0; axis < count; axis++) rows *= axis < last ? sizes[axis] : sizes[axis] > 0;
    float* at[N];
    std::copy_n(data, N, at);
    for (size_t n = 0; n < N; n++) apart[n] = strides[n][last];
    for (int64_t row = 0; row < rows; row++) {
      work(at, apart, sizes[last]);
      for (int axis = last - 1; axis >= 0; axis--) {
        for (size_t n = 0; n < N; n++) at[n] += strides[n][axis];
        if (++number[axis] < sizes[axis]) break;
        number[axis] = 0;
        for (size_t n = 0; n < N; n++) at[n] -= strides[n][axis] * sizes[axis];
      }
    }
  }

 private:
  void add(const Tensor* const (&tensors)[N], int axis) {
    bool is_merged = count > 0;
    for (size_t n = 0; n < N; n++) is_merged = is_merged && strides[n][count - 1] == tensors[n]->strides[axis] * tensors[n]->sizes[axis];
    if (is_merged)
      sizes[count - 1] *= tensors[0]->sizes[axis];
    else
      sizes[count++] = tensors[0]->sizes[axis];
    for (size_t n = 0; n < N; n++) strides[n][count - 1] = tensors[n]->strides[axis];
  }
};

}  // namespace VARIANT
