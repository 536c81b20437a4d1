// Statistics that normalize a row of channels.

#pragma once

#include "kernels.h"
#include "simd.h"

namespace VARIANT {

struct RowNorm {
  float mean, inverse;

  RowNorm(const float* row, int64_t channels, float epsilon) {
    Vector total = {}, squares = {};
    for (int64_t c = 0; c < channels; c += kVector) total += load(row + c);
    mean = sum(total) / channels;
    for (int64_t c = 0; c < channels; c += kVector) {
      const Vector apart = load(row + c) - mean;
      squares += apart * apart;
    }
    inverse = 1.0f / std::sqrt(sum(squares) / channels + epsilon);
  }

  Vector operator()(Vector x) const { return (x - mean) * inverse; }

  // Statistics of rows in a tensor (R, 2).
  static RowNorm* of(const Tensor& t) { return reinterpret_cast<RowNorm*>(floats(t)); }
};

}  // namespace VARIANT
