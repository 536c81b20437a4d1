// Chooses the values that dropout keeps (Srivastava et al. 2014) by a hash of a seed and the value's position, so that the backward pass makes
// the same choice.

#pragma once

#include "simd.h"

namespace VARIANT {

class Dropout {
  uint64_t seed, before;
  uint32_t threshold;  // hashes below are dropped
  float kept;

 public:
  // A share of zero keeps all values. `before` is the number of rows that precede these rows in a larger tensor.
  Dropout(double share, int64_t seed, int64_t before = 0)
      : seed(seed), before(before), threshold(std::min(share * 4294967296.0, 4294967295.0)), kept(1 / (1 - share)) {}

  explicit operator bool() const { return threshold > 0; }

  // Seeds a row of fewer than 2^32 values, as in splitmix64 (Steele et al. 2014).
  uint64_t key(uint64_t row) const {
    uint64_t x = seed + (before + row + 1) * 0x9e3779b97f4a7c15;
    x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9;
    x = (x ^ (x >> 27)) * 0x94d049bb133111eb;
    return x ^ (x >> 31);
  }

  // Factors for the values in a row, starting with `first`. The hash ends like MurmurHash3.
  Vector factors(uint64_t key, uint32_t first) const {
    using Bits = LanesOf<Vector>::Bits;
    static const Bits lanes = [] {
      Bits all;
      for (int64_t i = 0; i < kVector; i++) all[i] = i;
      return all;
    }();
    Bits x = (lanes + first) ^ static_cast<uint32_t>(key);
    x = (x ^ (x >> 16)) * 0x85ebca6b + static_cast<uint32_t>(key >> 32);
    x = (x ^ (x >> 13)) * 0xc2b2ae35;
    x ^= x >> 16;
    return x < threshold ? Vector{} : all(kept);
  }
};

}  // namespace VARIANT
