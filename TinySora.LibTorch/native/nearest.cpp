// The nearest of some targets for each of many vectors, without the matrix of distances.

#include <limits>

#include "fused.h"

namespace {

using namespace fused;

using Indices = LanesOf<Vector>::Bits;

// Vectors that share what is loaded of the targets, and targets side by side: as many sums as fit into the registers.
constexpr int64_t kRows = 4, kAcross = 2, kTargets = kAcross * kVector;

struct Best {
  Vector score = all(-std::numeric_limits<float>::infinity());
  Indices index = {};

  void offer(Vector other, Indices at) {
    const auto better = other > score;
    score = better ? other : score;
    index = better ? at : index;
  }

  // Of equal ones the first, as argmin has it.
  int64_t winner() const {
    int64_t lane = 0;
    for (int64_t i = 1; i < kVector; i++)
      if (score[i] > score[lane] || (score[i] == score[lane] && index[i] < index[lane])) lane = i;
    return index[lane];
  }
};

// |v - t|^2 is least where v t - |t|^2 / 2 is greatest.
// packed: for each kTargets targets a row of -|t|^2 / 2, then a row for each of the channels.
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

// Exported by kernels.cpp. (N, D) and (K, D) to (N).
at::Tensor fused_nearest(const at::Tensor& vectors, const at::Tensor& targets) {
  fused::require_cpu_float(vectors);
  TORCH_CHECK(vectors.dim() == 2 && targets.dim() == 2 && vectors.size(1) == targets.size(1) && targets.size(0) > 0,
              "expects vectors (N, D) and targets (K, D), got ", vectors.sizes(), ", ", targets.sizes());
  const at::NoGradGuard nothing;
  const int64_t channels = targets.size(1), count = targets.size(0), blocks = (count + kTargets - 1) / kTargets;
  auto rows = vectors.to(at::kFloat).contiguous(), halves = targets.to(at::kFloat).square().sum(1).mul(-0.5);
  auto packed = at::cat({halves.unsqueeze(1), targets.to(at::kFloat)}, 1);
  packed = at::constant_pad_nd(packed, {0, 0, 0, blocks * kTargets - count});
  packed.slice(0, count).select(1, 0).fill_(-std::numeric_limits<float>::infinity());
  packed = packed.view({blocks, kTargets, channels + 1}).transpose(1, 2).contiguous();
  auto out = at::empty({rows.size(0)}, rows.options().dtype(at::kLong));
  const float *from = rows.data_ptr<float>(), *to = packed.data_ptr<float>();
  int64_t* found = out.data_ptr<int64_t>();
  at::parallel_for(0, rows.size(0), 64, [&](int64_t begin, int64_t end) {
    for (; begin + kRows <= end; begin += kRows) nearest_of<kRows>(from + begin * channels, to, channels, blocks, found + begin);
    for (; begin < end; begin++) nearest_of<1>(from + begin * channels, to, channels, blocks, found + begin);
  });
  return out;
}
