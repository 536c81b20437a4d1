// The kernels that stand in for many of libtorch's operators, as the engine calls them (Fused.cs). They take tensors of the
// binding's or of TorchSharp's, which are the same: handles of at::Tensor.

#include <ATen/Version.h>
#include <torch/csrc/api/include/torch/version.h>

#include "onednn.h"
#include "shim.h"
#include "winograd.h"

using namespace shim;

// attention.cpp, temporal_attention.cpp, linear_attention.cpp, convolution.cpp, linear.cpp, few_rows.cpp, layer_norm.cpp, modulation.cpp, norm_silu.cpp,
// group_norm.cpp, gelu.cpp, nearest.cpp, selective_scan.cpp, causal_conv.cpp, token_loss.cpp, dropout.cpp and adam.cpp
at::Tensor fused_attention(const at::Tensor& q, const at::Tensor& k, const at::Tensor& v, const at::Tensor& bias, const at::Tensor& absent, bool is_causal,
                           double dropped, int64_t seed, int64_t clips_before);
at::Tensor fused_temporal_attention(const at::Tensor& qkv, const at::Tensor& turns, const at::Tensor& bias);
at::Tensor fused_linear_attention(const at::Tensor& qkv, int64_t heads);
at::Tensor fused_convolution(const at::Tensor& x, const at::Tensor& weight, const at::Tensor& bias, int64_t stride, int64_t padding);
bool suits_linear(const at::Tensor& x, const at::Tensor& weight);
at::Tensor fused_linear(const at::Tensor& x, const at::Tensor& weight, const at::Tensor& bias);
at::Tensor fused_few_rows(const at::Tensor& x, const at::Tensor& weight, const at::Tensor& bias);
at::Tensor fused_layer_norm(const at::Tensor& x, const at::Tensor& gain, bool narrow);
at::Tensor fused_modulated_norm(const at::Tensor& x, const at::Tensor& shift, const at::Tensor& scale, bool narrow);
at::Tensor fused_gate(const at::Tensor& x, const at::Tensor& gate, const at::Tensor& y);
at::Tensor fused_norm_silu(const at::Tensor& x, const at::Tensor& gain, const at::Tensor& shift);
at::Tensor fused_group_norm(const at::Tensor& x, const at::Tensor& gain, const at::Tensor& shift, const at::Tensor& mean, const at::Tensor& inverse,
                            double eps, int64_t activation, double slope);
at::Tensor fused_gelu(const at::Tensor& x);
at::Tensor fused_nearest(const at::Tensor& vectors, const at::Tensor& targets);
at::Tensor fused_selective_scan(const at::Tensor& u, const at::Tensor& delta, const at::Tensor& a, const at::Tensor& b, const at::Tensor& c,
                                const at::Tensor& d, const at::Tensor& gate, const at::Tensor& state);
at::Tensor fused_causal_conv(const at::Tensor& x, const at::Tensor& weight, const at::Tensor& bias);
at::Tensor fused_token_loss(const at::Tensor& logits, const at::Tensor& targets, const at::Tensor& ignored);
at::Tensor fused_dropout(const at::Tensor& x, double share, int64_t seed, int64_t before);
void fused_adam(const at::Tensor& values, const at::Tensor& gradients, const at::Tensor& mean, const at::Tensor& mean_square,
                double beta1, double beta2, double decay, double rate, double floor);

API const char* ts_error() { return last_error.c_str(); }

// The version of libtorch that this library was compiled against, and that of the one that is loaded: tensors of another are
// other objects. Asked before anything else.
API const char* ts_libtorch_wanted() { return TORCH_VERSION; }
API const char* ts_libtorch_loaded() {
  static const std::string version = [] {
    const std::string config = at::show_config(), name = "TORCH_VERSION=";
    const auto start = config.find(name);
    return start == std::string::npos ? "an unknown version" : config.substr(start + name.size(), config.find(',', start) - start - name.size());
  }();
  return version.c_str();
}

API void* ts_attention(void* q, void* k, void* v, void* bias, void* absent, int32_t is_causal, double dropped, int64_t seed, int64_t clips_before) {
  return guarded_tensor([&] {
    return fused_attention(tensor(q), tensor_or_undefined(k), tensor_or_undefined(v), tensor_or_undefined(bias), tensor_or_undefined(absent), is_causal != 0,
                           dropped, seed, clips_before);
  });
}
API void* ts_temporal_attention(void* qkv, void* turns, void* bias) {
  return guarded_tensor([&] { return fused_temporal_attention(tensor(qkv), tensor(turns), tensor(bias)); });
}
API void* ts_linear_attention(void* qkv, int64_t heads) {
  return guarded_tensor([&] { return fused_linear_attention(tensor(qkv), heads); });
}
API void* ts_layer_norm(void* x, void* gain, int32_t narrow) {
  return guarded_tensor([&] { return fused_layer_norm(tensor(x), tensor(gain), narrow != 0); });
}
API void* ts_modulated_norm(void* x, void* shift, void* scale, int32_t narrow) {
  return guarded_tensor([&] { return fused_modulated_norm(tensor(x), tensor(shift), tensor(scale), narrow != 0); });
}
API void* ts_gate(void* x, void* gate, void* y) {
  return guarded_tensor([&] { return fused_gate(tensor(x), tensor(gate), tensor(y)); });
}
API void* ts_norm_silu(void* x, void* gain, void* shift) {
  return guarded_tensor([&] { return fused_norm_silu(tensor(x), tensor(gain), tensor(shift)); });
}
API void* ts_group_norm(void* x, void* gain, void* shift, void* mean, void* inverse, double eps, int64_t activation, double slope) {
  return guarded_tensor([&] { return fused_group_norm(tensor(x), tensor(gain), tensor(shift), tensor(mean), tensor(inverse), eps, activation, slope); });
}
API void* ts_gelu(void* x) {
  return guarded_tensor([&] { return fused_gelu(tensor(x)); });
}
API void* ts_nearest(void* vectors, void* targets) {
  return guarded_tensor([&] { return fused_nearest(tensor(vectors), tensor(targets)); });
}
API void* ts_selective_scan(void* u, void* delta, void* a, void* b, void* c, void* d, void* gate, void* state) {
  return guarded_tensor([&] {
    return fused_selective_scan(tensor(u), tensor(delta), tensor(a), tensor(b), tensor(c), tensor(d), tensor_or_undefined(gate), tensor_or_undefined(state));
  });
}
API void* ts_causal_conv(void* x, void* weight, void* bias) {
  return guarded_tensor([&] { return fused_causal_conv(tensor(x), tensor(weight), tensor(bias)); });
}
API void* ts_token_loss(void* logits, void* targets, void* ignored) {
  return guarded_tensor([&] { return fused_token_loss(tensor(logits), tensor(targets), tensor_or_undefined(ignored)); });
}
API void* ts_dropout(void* x, double share, int64_t seed, int64_t before) {
  return guarded_tensor([&] { return fused_dropout(tensor(x), share, seed, before); });
}

API int32_t ts_has_onednn(int32_t narrow) { return has_onednn(narrow ? at::kBFloat16 : at::kFloat); }
API int32_t ts_suits_winograd(void* x, void* weight, int64_t stride, int64_t padding) {
  return fused::suits_winograd(tensor(x), tensor(weight), stride, padding);
}
API void* ts_convolution(void* x, void* weight, void* bias, int64_t stride, int64_t padding) {
  return guarded_tensor([&] { return fused_convolution(tensor(x), tensor(weight), tensor(bias), stride, padding); });
}
API int32_t ts_suits_linear(void* x, void* weight) { return suits_linear(tensor(x), tensor(weight)); }
API void* ts_linear(void* x, void* weight, void* bias) {
  return guarded_tensor([&] { return fused_linear(tensor(x), tensor(weight), tensor_or_undefined(bias)); });
}
API void* ts_few_rows(void* x, void* weight, void* bias) {
  return guarded_tensor([&] { return fused_few_rows(tensor(x), tensor(weight), tensor_or_undefined(bias)); });
}
API void ts_fixed_weights([[maybe_unused]] int32_t enter) {
#ifdef TINYSORA_ONEDNN
  auto& scopes = onednn::FixedWeights::scopes;
  if (enter)
    scopes.emplace_back();
  else
    scopes.pop_back();
#endif
}

API int32_t ts_direct_gradients_begin(void* values, void* gradients) {
  return guarded_void([&] {
    const at::Tensor all[] = {tensor(values), tensor(gradients)};
    for (const auto& flat : all)
      TORCH_CHECK(flat.device().is_cpu() && flat.scalar_type() == at::kFloat && flat.is_contiguous() && flat.numel() == all[0].numel(),
                  "expects contiguous float32 tensors of one length on the CPU");
    fused::direct_gradients = {all[0], all[1], {}};
  });
}
API void ts_direct_gradients_end() { fused::direct_gradients = {}; }
API int32_t ts_is_gradient_written(int64_t offset) { return fused::direct_gradients.written.count(offset); }

API int32_t ts_adam(void* values, void* gradients, void* mean, void* mean_square, double beta1, double beta2, double decay,
                    double rate, double floor) {
  return guarded_void([&] {
    fused_adam(tensor(values), tensor(gradients), tensor(mean), tensor(mean_square), beta1, beta2, decay, rate, floor);
  });
}
