// One step of Adam or AdamW over flat tensors in one pass: composed of operators it reads and writes every parameter a dozen times.

#include "fused.h"

// Exported by kernels.cpp. Rate and floor (epsilon) hold the bias corrections; decay is weight decay times learning rate.
void fused_adam(const at::Tensor& values, const at::Tensor& gradients, const at::Tensor& mean, const at::Tensor& mean_square,
                double beta1, double beta2, double decay, double rate, double floor) {
  for (const auto& tensor : {values, gradients, mean, mean_square})
    TORCH_CHECK(tensor.device().is_cpu() && tensor.scalar_type() == at::kFloat && tensor.is_contiguous() &&
                    tensor.numel() == values.numel(),
                "expects contiguous float32 tensors of one length on the CPU");
  float *p = values.data_ptr<float>(), *m = mean.data_ptr<float>(), *v = mean_square.data_ptr<float>();
  const float* g = gradients.data_ptr<float>();
  const float b1 = beta1, b2 = beta2, c1 = 1 - beta1, c2 = 1 - beta2, kept = 1 - decay, step = rate, least = floor;
  at::parallel_for(0, values.numel(), 1 << 15, [&](int64_t begin, int64_t end) {
#pragma omp simd
    for (int64_t i = begin; i < end; i++) {
      const float slope = g[i];
      m[i] = m[i] * b1 + slope * c1;
      v[i] = v[i] * b2 + slope * slope * c2;
      p[i] = p[i] * kept - step * m[i] / (std::sqrt(v[i]) + least);
    }
  });
}
