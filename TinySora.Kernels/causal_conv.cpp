// Mamba's convolution (Gu and Dao 2023) with four taps per channel, over a token and the three tokens before it, followed by SiLU.

#include "kernels.h"
#include "token_rows.h"

namespace VARIANT {
namespace {

constexpr int64_t kTaps = 4;

// (B, T, E) with its strides, (4, E), and (E).
template <typename T>
struct CausalConvolution {
  int64_t clips, length, channels, of_clip, of_token;
  const T* x;
  const float *taps, *bias;
  std::vector<T> nothing;  // before the first token

  CausalConvolution(const Tensor& x, const Tensor& taps, const Tensor& bias)
      : clips(x.size(0)), length(x.size(1)), channels(x.size(2)), of_clip(x.stride(0)), of_token(x.stride(1)), x(x.data_of<T>()),
        taps(taps.data_of<float>()), bias(bias.data_of<float>()), nothing(channels, T(0)) {}

  struct Seen {
    const T* rows[kTaps];
  };
  Seen seen(int64_t clip, int64_t t) const {
    Seen seen;
    for (int64_t tap = 0; tap < kTaps; tap++) {
      const int64_t from = t - kTaps + 1 + tap;
      seen.rows[tap] = from < 0 ? nothing.data() : x + clip * of_clip + from * of_token;
    }
    return seen;
  }
  Vector sum(const Seen& seen, int64_t e) const {
    Vector sum = load(bias + e);
    for (int64_t tap = 0; tap < kTaps; tap++) sum += load(taps + tap * channels + e) * load(seen.rows[tap] + e);
    return sum;
  }
};

template <typename T>
void forward(const CausalConvolution<T>& s, float* out) {
  parallel_for(0, s.clips * s.length, std::max<int64_t>(1, (1 << 14) / s.channels), [&](int64_t begin, int64_t end) {
    for (int64_t token = begin; token < end; token++) {
      const auto seen = s.seen(token / s.length, token % s.length);
      for (int64_t e = 0; e < s.channels; e += kVector) {
        const Vector sum = s.sum(seen, e);
        store(out + token * s.channels + e, sum * logistic(sum));
      }
    }
  });
}

// Gradients of the taps, followed by the gradient of the bias: (parts of all tokens, 5, E).
template <typename T>
void backward(const CausalConvolution<T>& s, const float* by, T* grad_x, float* of_weights, int64_t parts) {
  parallel_for(0, s.clips * parts, 1, [&](int64_t begin, int64_t end) {
    std::vector<float> slopes(kTaps * s.channels);  // gradients of the sums at a token and those after it
    const auto slopes_of = [&](int64_t t) { return &slopes[t % kTaps * s.channels]; };
    for (int64_t task = begin; task < end; task++) {
      const int64_t clip = task / parts, first = s.length * (task % parts) / parts, last = s.length * (task % parts + 1) / parts;
      float* const own = of_weights + task * (kTaps + 1) * s.channels;
      std::fill(slopes.begin(), slopes.end(), 0.0f);
      for (int64_t t = std::min(last + kTaps - 1, s.length) - 1; t >= first; t--) {
        const auto seen = s.seen(clip, t);
        float* const slope = slopes_of(t);
        for (int64_t e = 0; e < s.channels; e += kVector) {
          const Vector sum = s.sum(seen, e), share = logistic(sum);
          const Vector of_sum = load(by + (clip * s.length + t) * s.channels + e) * share * (1.0f + sum * (1.0f - share));
          store(slope + e, of_sum);
          if (t >= last) continue;
          Vector of_x = {};
          for (int64_t tap = 0; tap < kTaps; tap++) {
            store(own + tap * s.channels + e, load(own + tap * s.channels + e) + of_sum * load(seen.rows[tap] + e));
            of_x += load(s.taps + tap * s.channels + e) * load(slopes_of(t + kTaps - 1 - tap) + e);
          }
          store(own + kTaps * s.channels + e, load(own + kTaps * s.channels + e) + of_sum);
          store(grad_x + (clip * s.length + t) * s.channels + e, of_x);
        }
      }
    }
  });
}

void require_convolution(const Tensor& x, const Tensor& taps, const Tensor& bias) {
  require(x.dimensions == 3 && x.count() > 0 && x.size(2) % kRow == 0 && x.stride(2) == 1 && taps.count() == kTaps * x.size(2) && bias.count() == x.size(2),
          "expects x (B, T, E) with E a multiple of 16, taps (4, E) and a bias (E)");
}

}  // namespace

// x may have a row stride.
void causal_conv(const Tensor& x, const Tensor& taps, const Tensor& bias, const Tensor& out) {
  require_convolution(x, taps, bias);
  by_type(x, [&](auto type) { forward(CausalConvolution<decltype(type)>(x, taps, bias), floats(out)); });
}

// The gradients of the taps and the bias are in one tensor, (5, E).
void causal_conv_backward(const Tensor& x, const Tensor& taps, const Tensor& bias, const Tensor& grad, const Tensor& grad_x, const Tensor& grad_weights) {
  require_convolution(x, taps, bias);
  const int64_t parts = std::clamp<int64_t>(kParts / x.size(0), 1, x.size(1)), row = (kTaps + 1) * x.size(2);
  std::vector<float> of_weights(x.size(0) * parts * row, 0.0f);
  by_type(x, [&](auto type) {
    using T = decltype(type);
    backward(CausalConvolution<T>(x, taps, bias), floats(grad), grad_x.data_of<T>(), of_weights.data(), parts);
  });
  add_up(of_weights.data(), x.size(0) * parts, row, floats(grad_weights));
}

}  // namespace VARIANT
