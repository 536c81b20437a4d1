// Elementwise operations of recorded programs (TinySora.Engine/Layers/Recorded), on float32 tensors of any strides.

#include "strided.h"

namespace VARIANT {
namespace {

// Values as in TinySora.Engine/Layers/Recorded/RecordedTensor.Elementwise.cs.
enum class Binary : int64_t { Add, Subtract, Multiply, Divide };

template <typename Combine>
void combine(const Tensor& a, const Tensor& b, const Tensor& out, Combine with) {
  Axes<3>({&out, &a, &b}).for_each_row([&](float* const* at, const int64_t* apart, int64_t count) {
    float* const to = at[0];
    const float *const x = at[1], *const y = at[2];
    if (apart[0] == 1 && apart[1] == 1 && apart[2] == 1)
#pragma omp simd
      for (int64_t i = 0; i < count; i++) to[i] = with(x[i], y[i]);
    else
      for (int64_t i = 0; i < count; i++) to[i * apart[0]] = with(x[i * apart[1]], y[i * apart[2]]);
  });
}

template <typename Map>
void map(const Tensor& x, const Tensor& out, Map with) {
  Axes<2>({&out, &x}).for_each_row([&](float* const* at, const int64_t* apart, int64_t count) {
    float* const to = at[0];
    const float* const from = at[1];
    if (apart[0] == 1 && apart[1] == 1)
#pragma omp simd
      for (int64_t i = 0; i < count; i++) to[i] = with(from[i]);
    else
      for (int64_t i = 0; i < count; i++) to[i * apart[0]] = with(from[i * apart[1]]);
  });
}

void map_vectors(const Tensor& x, const Tensor& out, Vector (*with)(Vector)) {
  Axes<2>({&out, &x}).for_each_row([&](float* const* at, const int64_t* apart, int64_t count) {
    if (apart[0] == 1 && apart[1] == 1)
      for (int64_t i = 0; i < count; i += kVector) store_some(at[0] + i, with(load_some(at[1] + i, count - i)), count - i);
    else
      for (int64_t i = 0; i < count; i++) at[0][i * apart[0]] = with(all(at[1][i * apart[1]]))[0];
  });
}

}  // namespace

void copy(const Tensor& x, const Tensor& out) {
  Axes<2>({&out, &x}).for_each_row([](float* const* at, const int64_t* apart, int64_t count) {
    if (apart[0] == 1 && apart[1] == 1)
      std::copy_n(at[1], count, at[0]);
    else
      for (int64_t i = 0; i < count; i++) at[0][i * apart[0]] = at[1][i * apart[1]];
  });
}

void fill(const Tensor& out, double value) {
  const float all = value;
  Axes<1>({&out}).for_each_row([=](float* const* at, const int64_t* apart, int64_t count) {
    for (int64_t i = 0; i < count; i++) at[0][i * apart[0]] = all;
  });
}

void binary(const Tensor& a, const Tensor& b, const Tensor& out, int64_t operation) {
  switch (Binary(operation)) {
    case Binary::Add: return combine(a, b, out, [](float x, float y) { return x + y; });
    case Binary::Subtract: return combine(a, b, out, [](float x, float y) { return x - y; });
    case Binary::Multiply: return combine(a, b, out, [](float x, float y) { return x * y; });
    case Binary::Divide: return combine(a, b, out, [](float x, float y) { return x / y; });
  }
  refuse("unknown binary operation");
}

// Only Scale has arguments: it computes x * factor + offset.
void unary(const Tensor& x, const Tensor& out, int64_t operation, double factor, double offset) {
  const float by = factor, plus = offset;
  switch (Unary(operation)) {
    case Unary::Scale: return map(x, out, [=](float v) { return v * by + plus; });
    case Unary::Silu: return map_vectors(x, out, [](Vector v) { return v / (1.0f + exp(-v)); });
    case Unary::Gelu: return map(x, out, [](float v) { return 0.5f * v * (1.0f + std::erf(v * 0.70710678f)); });
    case Unary::Sine: return map(x, out, [](float v) { return std::sin(v); });
    case Unary::Cosine: return map(x, out, [](float v) { return std::cos(v); });
    case Unary::Square: return map(x, out, [](float v) { return v * v; });
    case Unary::ReciprocalRoot: return map(x, out, [](float v) { return 1.0f / std::sqrt(v); });
  }
  refuse("unknown unary operation");
}

}  // namespace VARIANT
