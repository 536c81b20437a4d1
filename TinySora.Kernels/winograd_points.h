// Points for minimal filtering. Frames and taps are treated as polynomials, whose values at several points, in both directions, are multiplied and
// converted to the coefficients of the result. For three taps, the points are 0, +-sqrt(1/2), +-sqrt(2) and infinity, which have a third of the error of
// the usual 0, +-1, +-2. For two taps, they are 0, +-3/4, 2 and infinity.

#pragma once

#include "simd.h"

namespace VARIANT {

// Number of pixels in an output tile, and in its input patch, in each direction.
constexpr int64_t kSide = 4;
template <int Taps>
constexpr int64_t kPatch = kSide + Taps - 1;

constexpr float kRoot = 1.41421356f;

// Values of a polynomial at the points, times factors that simplify the others: of a patch, taps, or gradients of results.
inline void to_points(const Vector (&d)[6], Vector (&t)[6]) {
  const Vector even1 = d[4] - 2.0f * d[2], odd1 = (d[3] - 2.0f * d[1]) * (kRoot / 2);
  const Vector even2 = d[4] - 0.5f * d[2], odd2 = (d[3] - 0.5f * d[1]) * kRoot;
  t[0] = d[0] - 2.5f * d[2] + d[4];
  t[1] = even1 + odd1;
  t[2] = even1 - odd1;
  t[3] = even2 + odd2;
  t[4] = even2 - odd2;
  t[5] = d[1] - 2.5f * d[3] + d[5];
}
inline void to_points(const Vector (&g)[3], Vector (&t)[6]) {
  const Vector even1 = (g[0] + 0.5f * g[2]) * (-2 / 3.0f), odd1 = g[1] * (-kRoot / 3);
  const Vector even2 = (g[0] + 2.0f * g[2]) * (1 / 6.0f), odd2 = g[1] * (kRoot / 6);
  t[0] = g[0];
  t[1] = even1 + odd1;
  t[2] = even1 - odd1;
  t[3] = even2 + odd2;
  t[4] = even2 - odd2;
  t[5] = g[2];
}
inline void to_points(const Vector (&y)[kSide], Vector (&t)[6]) {
  const Vector even1 = y[0] + 0.5f * y[2], odd1 = (y[1] + 0.5f * y[3]) * (kRoot / 2);
  const Vector even2 = y[0] + 2.0f * y[2], odd2 = (y[1] + 2.0f * y[3]) * kRoot;
  t[0] = y[0];
  t[1] = even1 + odd1;
  t[2] = even1 - odd1;
  t[3] = even2 + odd2;
  t[4] = even2 - odd2;
  t[5] = y[3];
}

// The inverse transformation, to results and to gradients of taps.
inline void from_points(const Vector (&t)[6], Vector (&y)[kSide]) {
  const Vector even1 = t[1] + t[2], odd1 = (t[1] - t[2]) * (kRoot / 2), even2 = t[3] + t[4], odd2 = (t[3] - t[4]) * kRoot;
  y[0] = t[0] + even1 + even2;
  y[1] = odd1 + odd2;
  y[2] = 0.5f * even1 + 2.0f * even2;
  y[3] = t[5] + 0.5f * odd1 + 2.0f * odd2;
}
inline void from_points(const Vector (&t)[6], Vector (&g)[3]) {
  const Vector even1 = (t[1] + t[2]) * (-2 / 3.0f), even2 = (t[3] + t[4]) * (1 / 6.0f);
  g[0] = t[0] + even1 + even2;
  g[1] = (t[1] - t[2]) * (-kRoot / 3) + (t[3] - t[4]) * (kRoot / 6);
  g[2] = t[5] + 0.5f * even1 + 2.0f * even2;
}

// Transformations for two taps. In sums over points, each finite point a has the factor 1 / product of (a - b) over the other finite points b.
constexpr float kP = 0.75f, kQ = 2.0f;
constexpr float kZeroFactor = 1 / (kP * kP * kQ), kPlusFactor = 1 / (2 * kP * kP * (kP - kQ)), kMinusFactor = -1 / (2 * kP * kP * (kP + kQ)),
                kLastFactor = 1 / (kQ * (kQ * kQ - kP * kP));

inline void to_points(const Vector (&d)[5], Vector (&t)[5]) {
  const Vector even = d[3] - kQ * d[2], odd = kP * (d[2] - kQ * d[1]);
  t[0] = even + kP * kP * (kQ * d[0] - d[1]);
  t[1] = even + odd;
  t[2] = even - odd;
  t[3] = d[3] - kP * kP * d[1];
  t[4] = d[4] - kQ * d[3] + kP * kP * (kQ * d[1] - d[2]);
}
inline void to_points(const Vector (&g)[2], Vector (&t)[5]) {
  t[0] = kZeroFactor * g[0];
  t[1] = kPlusFactor * (g[0] + kP * g[1]);
  t[2] = kMinusFactor * (g[0] - kP * g[1]);
  t[3] = kLastFactor * (g[0] + kQ * g[1]);
  t[4] = g[1];
}
inline void to_points(const Vector (&y)[kSide], Vector (&t)[5]) {
  const Vector even = y[0] + kP * kP * y[2], odd = kP * (y[1] + kP * kP * y[3]);
  t[0] = y[0];
  t[1] = even + odd;
  t[2] = even - odd;
  t[3] = y[0] + kQ * (y[1] + kQ * (y[2] + kQ * y[3]));
  t[4] = y[3];
}
inline void from_points(const Vector (&t)[5], Vector (&y)[kSide]) {
  const Vector even = t[1] + t[2], odd = t[1] - t[2];
  y[0] = t[0] + even + t[3];
  y[1] = kP * odd + kQ * t[3];
  y[2] = kP * kP * even + kQ * kQ * t[3];
  y[3] = kP * kP * kP * odd + kQ * kQ * kQ * t[3] + t[4];
}
inline void from_points(const Vector (&t)[5], Vector (&g)[2]) {
  const Vector plus = kPlusFactor * t[1], minus = kMinusFactor * t[2], last = kLastFactor * t[3];
  g[0] = kZeroFactor * t[0] + plus + minus + last;
  g[1] = kP * (plus - minus) + kQ * last + t[4];
}

// Transforms a From x From square, read by get(y, x), to or from the points in both directions; put(y, x, value) receives the result.
template <int From, int To, typename Get, typename Put>
[[gnu::always_inline]] inline void transform(Get get, Put put) {
  const auto way = [](const Vector (&in)[From], Vector (&out)[To]) {
    if constexpr (To >= From)
      to_points(in, out);
    else
      from_points(in, out);
  };
  Vector half[To][From];
#pragma GCC unroll 8
  for (int x = 0; x < From; x++) {
    Vector in[From], out[To];
#pragma GCC unroll 8
    for (int y = 0; y < From; y++) in[y] = get(y, x);
    way(in, out);
#pragma GCC unroll 8
    for (int y = 0; y < To; y++) half[y][x] = out[y];
  }
#pragma GCC unroll 8
  for (int y = 0; y < To; y++) {
    Vector out[To];
    way(half[y], out);
#pragma GCC unroll 8
    for (int x = 0; x < To; x++) put(y, x, out[x]);
  }
}

}  // namespace VARIANT
