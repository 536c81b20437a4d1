// One step of Adam or AdamW over flat tensors in a single pass. Composed operators would read and write every parameter a dozen times.

#include "kernels.h"
#include "simd.h"

namespace VARIANT {

// Rate and floor (epsilon) include the bias corrections; decay is weight decay times learning rate.
void adam(const Tensor& values, const Tensor& gradients, const Tensor& mean, const Tensor& mean_square, double beta1, double beta2, double decay,
          double rate, double floor) {
  for (const Tensor& t : {gradients, mean, mean_square}) require(t.count() == values.count(), "expects tensors of equal length");
  float *p = floats(values), *m = floats(mean), *v = floats(mean_square);
  const float* g = floats(gradients);
  const float b1 = beta1, b2 = beta2, c1 = 1 - beta1, c2 = 1 - beta2, kept = 1 - decay, step = rate, least = floor;
  parallel_for(0, values.count(), 1 << 15, [&](int64_t begin, int64_t end) {
#pragma omp simd
    for (int64_t i = begin; i < end; i++) {
      const float slope = g[i];
      m[i] = m[i] * b1 + slope * c1;
      v[i] = v[i] * b2 + slope * slope * c2;
      p[i] = p[i] * kept - step * m[i] / (std::sqrt(v[i]) + least);
    }
  });
}

}  // namespace VARIANT
