// Statistics that normalize a row of channels.

#pragma once

#include "kernels.h"
#include "simd.h"

namespace VARIANT {

struct RowNorm {
  float mean, inverse;

  RowNorm(const float* row, int64_t channels, float epsilon) {
    const int64_t full = channels / kVector * kVector;
    Vector total = {}, squares = {};
    for (int64_t c = 0; c < full; c += kVector) total += load(row + c);
    if (full < channels) total += load_some(row + full, channels - full);
    mean = sum(total) / channels;
    for (int64_t c = 0; c < full; c += kVector) {
      const Vector apart = load(row + c) - mean;
      squares += apart * apart;
    }
    float rest = 0;
    for (int64_t c = full; c < channels; c++) rest += (row[c] - mean) * (row[c] - mean);
    inverse = 1.0f / std::sqrt((sum(squares) + rest) / channels + epsilon);
  }

  Vector operator()(Vector x) const { return (x - mean) * inverse; }

  // Statistics of rows in a tensor (R, 2).
  static RowNorm* of(const Tensor& t) { return reinterpret_cast<RowNorm*>(floats(t)); }
};

}  // namespace VARIANT
