// Softmax attention of each position over a handful of frames, with rotary embedding and a bias. Composed operators would compute thousands of
// 5 x 5 products. Here, a vector holds the same logit of many products, one per head and position, so that the softmax takes the same few instructions
// for all of them.

#include <numeric>

#include "kernels.h"
#include "simd.h"

namespace VARIANT {
namespace {

struct AttentionShape {
  int64_t clips, frames, positions, heads, width;
  int64_t inner() const { return heads * width; }
  int64_t squares() const { return frames * frames; }
  int64_t items() const { return clips * positions * heads; }
  int64_t groups() const { return (items() + kVector - 1) / kVector; }
  // Groups start with different heads if their size is not a multiple of the number of heads; the pattern repeats after this number of groups.
  int64_t phases() const { return heads / std::gcd(heads, kVector); }
  int64_t table() const { return squares() * kVector; }  // values of one phase for all pairs of frames
  int64_t head(int64_t phase, int64_t l) const { return (phase * kVector + l) % heads; }
};

// Cosines and sines of the rotary embedding laid out for whole vectors: rotated = x * cosines + exchanged<1>(x) * sines.
struct Turns {
  std::vector<float> cosines, sines;

  explicit Turns(const Tensor& turns) : cosines(turns.count()), sines(turns.count()) {
    const float* from = turns.data_of<float>();
    for (size_t i = 0; i < cosines.size(); i += 2) {
      cosines[i] = cosines[i + 1] = from[i];
      sines[i] = -(sines[i + 1] = from[i + 1]);
    }
  }

  Vector turn(Vector x, int64_t i) const { return x * load(&cosines[i]) + exchanged<1>(x) * load(&sines[i]); }
  Vector turn_back(Vector x, int64_t i) const { return x * load(&cosines[i]) - exchanged<1>(x) * load(&sines[i]); }
};

// A group of as many adjacent heads as a vector has elements, with rows as float32 (head, frame, feature) and values for pairs of frames as
// (frame, frame, head). Width is the width of a head if the compiler knows it, or 0 for any width.
template <int64_t Width>
struct Group {
  const AttentionShape& s;
  const Turns& turns;
  const int64_t d, size;  // of one head's rows
  std::vector<float> buffer;
  float *const q, *const k, *const v, *const g, *const p, *const slopes;
  int64_t count, in[kVector], out[kVector];  // number of heads, and their offsets in the first frame

  Group(const AttentionShape& shape, const Turns& by)
      : s(shape), turns(by), d(Width ? Width : shape.width), size(shape.frames * d),
        buffer(kVector * (4 * size + 2 * s.squares())), q(buffer.data()), k(q + kVector * size), v(k + kVector * size),
        g(v + kVector * size), p(g + kVector * size), slopes(p + kVector * s.squares()) {}

  // Heads after the last one repeat the first.
  void select(int64_t first) {
    count = std::min(kVector, s.items() - first);
    for (int64_t l = 0; l < kVector; l++) {
      const int64_t item = first + (l < count ? l : 0), head = item % s.heads, position = item / s.heads % s.positions;
      const int64_t row = item / s.heads / s.positions * s.frames * s.positions + position;
      in[l] = row * 3 * s.inner() + head * d;
      out[l] = row * s.inner() + head * d;
    }
  }

  template <typename T>
  void read(const T* qkv) {
    for (int64_t t = 0; t < s.frames; t++, qkv += s.positions * 3 * s.inner())
      for (int64_t l = 0; l < kVector; l++)
        for (int64_t x = 0; x < d; x += kVector) {
          const int64_t from = in[l] + x, to = l * size + t * d + x;
          store(q + to, turns.turn(load(qkv + from), t * d + x));
          store(k + to, turns.turn(load(qkv + from + s.inner()), t * d + x));
          store(v + to, load(qkv + from + 2 * s.inner()));
        }
  }

  template <typename T>
  void read_gradient(const T* gradient) {
    for (int64_t t = 0; t < s.frames; t++, gradient += s.positions * s.inner())
      for (int64_t l = 0; l < kVector; l++)
        for (int64_t x = 0; x < d; x += kVector) store(g + l * size + t * d + x, load(gradient + out[l] + x));
  }

  // The product of two rows, for every head.
  Vector products(const float* a, const float* b) const {
    Vector v[kVector];
#pragma GCC unroll 16
    for (int64_t l = 0; l < kVector; l++) {
      v[l] = load(a + l * size) * load(b + l * size);
      for (int64_t x = kVector; x < d; x += kVector) v[l] += load(a + l * size + x) * load(b + l * size + x);
    }
    return sums(v);
  }

  // Probabilities; bias is (frame, frame, head).
  void attend(const float* bias) {
    for (int64_t i = 0; i < s.frames; i++) {
      float* row = p + i * s.frames * kVector;
      Vector most = all(-INFINITY), total = {};
      for (int64_t j = 0; j < s.frames; j++) {
        const Vector logits = products(q + i * d, k + j * d) + load(bias + (i * s.frames + j) * kVector);
        store(row + j * kVector, logits);
        most = larger(most, logits);
      }
      for (int64_t j = 0; j < s.frames; j++) {
        const Vector e = exp(load(row + j * kVector) - most);
        store(row + j * kVector, e);
        total += e;
      }
      const Vector share = 1.0f / total;
      for (int64_t j = 0; j < s.frames; j++) store(row + j * kVector, load(row + j * kVector) * share);
    }
  }

  // Gradients of the logits, which are also the gradients of the bias.
  void differentiate(float* bias) {
    for (int64_t i = 0; i < s.frames; i++) {
      const float* row = p + i * s.frames * kVector;
      float *to = slopes + (row - p), *sum = bias + (row - p);
      Vector weighted = {};
      for (int64_t j = 0; j < s.frames; j++) {
        const Vector slope = products(g + i * d, v + j * d);
        store(to + j * kVector, slope);
        weighted += slope * load(row + j * kVector);
      }
      for (int64_t j = 0; j < s.frames; j++) {
        const Vector slope = load(row + j * kVector) * (load(to + j * kVector) - weighted);
        store(to + j * kVector, slope);
        store(sum + j * kVector, load(sum + j * kVector) + slope);
      }
    }
  }

  // One vector of the sum of a head's rows, weighted by a row (with a step of one frame) or a column (with a step of all frames) of pairs.
  Vector mix(const float* weights, int64_t step, const float* rows) const {
    Vector sum = {};
    for (int64_t j = 0; j < s.frames; j++) sum += weights[j * step * kVector] * load(rows + j * d);
    return sum;
  }

  template <typename T>
  void write(T* to) const {
    for (int64_t i = 0; i < s.frames; i++, to += s.positions * s.inner())
      for (int64_t l = 0; l < count; l++)
        for (int64_t x = 0; x < d; x += kVector)
          store(to + out[l] + x, mix(p + i * s.frames * kVector + l, 1, v + l * size + x));
  }

  template <typename T>
  void write_gradients(T* to) const {
    for (int64_t t = 0; t < s.frames; t++, to += s.positions * 3 * s.inner())
      for (int64_t l = 0; l < count; l++) {
        const int64_t row = t * s.frames * kVector + l, column = t * kVector + l;
        for (int64_t x = 0; x < d; x += kVector) {
          const int64_t from = l * size + x;
          store(to + in[l] + x, turns.turn_back(mix(slopes + row, 1, k + from), t * d + x));
          store(to + in[l] + s.inner() + x, turns.turn_back(mix(slopes + column, s.frames, q + from), t * d + x));
          store(to + in[l] + 2 * s.inner() + x, mix(p + column, s.frames, g + from));
        }
      }
  }
};

// The bias in the layout for groups: (phase, frame, frame, heads of a group).
std::vector<float> by_phase(const AttentionShape& s, const float* bias) {
  std::vector<float> result(s.phases() * s.table());
  for (int64_t at = 0; at < int64_t(result.size()); at++)
    result[at] = bias[s.head(at / s.table(), at % kVector) * s.squares() + at / kVector % s.squares()];
  return result;
}

template <int64_t Width, typename T>
void attention_forward(const AttentionShape& s, const T* qkv, const Turns& turns, const float* bias, T* out) {
  const auto biases = by_phase(s, bias);
  parallel_for(0, s.groups(), 1, [&](int64_t begin, int64_t end) {
    Group<Width> group(s, turns);
    for (int64_t number = begin; number < end; number++) {
      group.select(number * kVector);
      group.read(qkv);
      group.attend(&biases[number % s.phases() * s.table()]);
      group.write(out);
    }
  });
}

template <int64_t Width, typename T>
void attention_backward(const AttentionShape& s, const T* qkv, const Turns& turns, const float* bias, const T* grad,
                        T* grad_qkv, float* grad_bias) {
  const auto biases = by_phase(s, bias);
  const int64_t all_phases = s.phases() * s.table();
  std::vector<float> parts(kParts * all_phases, 0.0f);
  parallel_for(0, kParts, 1, [&](int64_t begin, int64_t end) {
    Group<Width> group(s, turns);
    for (int64_t part = begin; part < end; part++)
      for (int64_t number = part * s.groups() / kParts; number < (part + 1) * s.groups() / kParts; number++) {
        const int64_t phase = number % s.phases() * s.table();
        group.select(number * kVector);
        group.read(qkv);
        group.read_gradient(grad);
        for (int64_t l = group.count; l < kVector; l++) std::fill_n(group.g + l * group.size, group.size, 0.0f);
        group.attend(&biases[phase]);
        group.differentiate(&parts[part * all_phases + phase]);
        group.write_gradients(grad_qkv);
      }
  });
  for (int64_t part = 1; part < kParts; part++)
    for (int64_t at = 0; at < all_phases; at++) parts[at] += parts[part * all_phases + at];
  for (int64_t at = 0; at < all_phases; at++)
    grad_bias[s.head(at / s.table(), at % kVector) * s.squares() + at / kVector % s.squares()] += parts[at];
}

// Calls a function with the width of a head as a constant if that width is a common one.
template <typename Body>
void by_width(int64_t width, Body body) {
  if (width == 32)
    body(std::integral_constant<int64_t, 32>());
  else if (width == 16)
    body(std::integral_constant<int64_t, 16>());
  else
    body(std::integral_constant<int64_t, 0>());
}

AttentionShape shape(const Tensor& qkv, const Tensor& turns, const Tensor& bias) {
  require(qkv.dimensions == 4 && turns.dimensions == 2 && bias.dimensions == 3, "expects qkv (A, T, M, 3*h*d), turns (T, d), bias (h, T, T)");
  const AttentionShape s{qkv.size(0), qkv.size(1), qkv.size(2), bias.size(0), turns.size(1)};
  require(qkv.size(3) == 3 * s.inner() && s.width % kRow == 0 && turns.size(0) == s.frames && bias.size(1) == s.frames && bias.size(2) == s.frames,
          "expects qkv (A, T, M, 3*h*d), turns (T, d) with d a multiple of 16, and bias (h, T, T)");
  return s;
}

}  // namespace

void temporal_attention(const Tensor& qkv, const Tensor& turns, const Tensor& bias, const Tensor& out) {
  const auto s = shape(qkv, turns, bias);
  const Turns turn(turns);
  by_width(s.width, [&](auto width) {
    by_type(qkv, [&](auto type) {
      using T = decltype(type);
      attention_forward<width()>(s, qkv.data_of<T>(), turn, floats(bias), out.data_of<T>());
    });
  });
}

void temporal_attention_backward(const Tensor& qkv, const Tensor& turns, const Tensor& bias, const Tensor& grad, const Tensor& grad_qkv,
                                 const Tensor& grad_bias) {
  const auto s = shape(qkv, turns, bias);
  const Turns turn(turns);
  by_width(s.width, [&](auto width) {
    by_type(qkv, [&](auto type) {
      using T = decltype(type);
      attention_backward<width()>(s, qkv.data_of<T>(), turn, floats(bias), grad.data_of<T>(), grad_qkv.data_of<T>(), floats(grad_bias));
    });
  });
}

}  // namespace VARIANT
