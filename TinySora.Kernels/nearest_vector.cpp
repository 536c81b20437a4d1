// Finds the nearest target for each of many vectors, without storing the matrix of distances.

#include <limits>

#include "kernels.h"
#include "simd.h"

namespace VARIANT {
namespace {

using Indices = LanesOf<Vector>::Bits;

// Number of vectors that share the loaded targets, and number of adjacent targets, chosen so that the sums fit into the registers.
constexpr int64_t kRows = 4, kAcross = 2, kTargets = kAcross * kVector;

struct Best {
  Vector score = all(-std::numeric_limits<float>::infinity());
  Indices index = {};

  void offer(Vector other, Indices at) {
    const auto better = other > score;
    score = better ? other : score;
    index = better ? at : index;
  }

  // Keeps the first of equal values, like argmin.
  int64_t winner() const {
    int64_t lane = 0;
    for (int64_t i = 1; i < kVector; i++)
      if (score[i] > score[lane] || (score[i] == score[lane] && index[i] < index[lane])) lane = i;
    return index[lane];
  }
};

// |v - t|^2 is smallest for the target with the largest v t - |t|^2 / 2.
// `packed` holds, for each group of kTargets targets, a row of -|t|^2 / 2, and then a row for each channel.
template <int64_t Rows>
void nearest_of(const float* vectors, const float* packed, int64_t channels, int64_t blocks, int64_t* out) {
  Indices lanes;
  for (int64_t i = 0; i < kVector; i++) lanes[i] = i;
  Best best[Rows];
  for (int64_t block = 0; block < blocks; block++, packed += (channels + 1) * kTargets) {
    Vector scores[Rows][kAcross];
    for (int64_t a = 0; a < kAcross; a++)
      for (int64_t row = 0; row < Rows; row++) scores[row][a] = load(packed + a * kVector);
    for (int64_t c = 0; c < channels; c++)
      for (int64_t a = 0; a < kAcross; a++) {
        const Vector target = load(packed + (c + 1) * kTargets + a * kVector);
        for (int64_t row = 0; row < Rows; row++) scores[row][a] += target * vectors[row * channels + c];
      }
    for (int64_t a = 0; a < kAcross; a++)
      for (int64_t row = 0; row < Rows; row++)
        best[row].offer(scores[row][a], lanes + static_cast<uint32_t>(block * kTargets + a * kVector));
  }
  for (int64_t row = 0; row < Rows; row++) out[row] = best[row].winner();
}

}  // namespace

// Finds, for vectors (N, D) and targets (K, D), the indices (N) of the nearest targets.
void nearest(const Tensor& vectors, const Tensor& targets, const Tensor& out) {
  require(vectors.dimensions == 2 && targets.dimensions == 2 && vectors.size(1) == targets.size(1) && targets.size(0) > 0,
          "expects vectors (N, D) and targets (K, D)");
  const int64_t channels = targets.size(1), count = targets.size(0), blocks = (count + kTargets - 1) / kTargets;
  std::vector<float> packed(blocks * (channels + 1) * kTargets, 0.0f);
  for (int64_t k = 0; k < blocks * kTargets; k++) {
    float* const column = &packed[k / kTargets * (channels + 1) * kTargets + k % kTargets];
    *column = -std::numeric_limits<float>::infinity();
    if (k >= count) continue;
    const float* const target = floats(targets) + k * channels;
    float squares = 0;
    for (int64_t c = 0; c < channels; c++) {
      column[(c + 1) * kTargets] = target[c];
      squares += target[c] * target[c];
    }
    *column = -0.5f * squares;
  }
  const float* const from = floats(vectors);
  int64_t* const found = out.data_of<int64_t>();
  parallel_for(0, vectors.size(0), 64, [&](int64_t begin, int64_t end) {
    for (; begin + kRows <= end; begin += kRows) nearest_of<kRows>(from + begin * channels, packed.data(), channels, blocks, found + begin);
    for (; begin < end; begin++) nearest_of<1>(from + begin * channels, packed.data(), channels, blocks, found + begin);
  });
}

}  // namespace VARIANT
