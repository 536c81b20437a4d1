// Convolutions of 3 x 3 and of 2 x 2 taps by Winograd's algorithm.

#pragma once

#include "fused.h"

namespace fused {

// Whether it is to be had for x (N, H, W, I) and weight (O, I, h, w), and is the faster way.
bool suits_winograd(const Tensor& x, const Tensor& weight, int64_t stride, int64_t padding);

// (N, H, W, O) of x, contiguous, the weight, channels last, and the bias (O), as autograd sees it.
Tensor winograd(const Tensor& x, const Tensor& weight, const Tensor& bias, int64_t padding);

}  // namespace fused
