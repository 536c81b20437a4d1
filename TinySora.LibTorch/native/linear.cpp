// Linear layers by oneDNN's products, which are faster than a BLAS where matrices are narrow, and round to bfloat16 what they
// read of the weights and nothing of their gradients.

#include "onednn.h"

namespace {

using namespace fused;

#ifdef TINYSORA_ONEDNN

using namespace onednn;
using dnnl::matmul;
constexpr auto kRows = memory::format_tag::ab, kColumns = memory::format_tag::ba, kAny = memory::format_tag::any;

// (M, K) with (N, K) to (M, N); a bias without elements is none.
struct Linear : torch::autograd::Function<Linear> {
  static Tensor forward(AutogradContext* context, Tensor x, Tensor weight, Tensor bias) {
    context->save_for_backward({x, weight});
    const auto m = x.size(0), k = x.size(1), n = weight.size(0);
    const Operand in(x, {m, k}, kRows), out(at::empty({m, n}, x.options()), {m, n}, kRows);
    const memory::desc taken({k, n}, type_of(x), kAny);
    const bool has_bias = bias.numel() > 0;
    Work work;
    const matmul::primitive_desc product(
        has_bias ? matmul::desc(in.desc, taken, {{1, n}, memory::data_type::f32, kRows}, out.desc) : matmul::desc(in.desc, taken, out.desc),
        in_our_memory(), engine());
    std::unordered_map<int, memory> operands{{DNNL_ARG_SRC, in.as_is()},
                                             {DNNL_ARG_WEIGHTS, work.arranged_weight({weight, {k, n}, kColumns}, product.weights_desc())},
                                             {DNNL_ARG_DST, out.as_is()}};
    if (has_bias) operands.insert({DNNL_ARG_BIAS, Operand(bias, {1, n}, kRows).as_is()});
    work.run<matmul>(product, operands);
    return out.tensor;
  }

  static variable_list backward(AutogradContext* context, variable_list gradients) {
    const auto saved = context->get_saved_variables();
    const Tensor &x = saved[0], &weight = saved[1];
    const auto m = x.size(0), k = x.size(1), n = weight.size(0);
    const auto by = gradients[0].contiguous();
    Work work;

    Tensor grad_x, grad_bias;
    if (context->needs_input_grad(0)) {
      const Operand in(by, {m, n}, kRows), out(at::empty_like(x), {m, k}, kRows);
      const matmul::primitive_desc product({in.desc, {{n, k}, type_of(x), kAny}, out.desc}, in_our_memory(), engine());
      work.run<matmul>(product, {{DNNL_ARG_SRC, in.as_is()},
                                 {DNNL_ARG_WEIGHTS, work.arranged({weight, {n, k}, kRows}, product.weights_desc())},
                                 {DNNL_ARG_DST, out.as_is()}});
      grad_x = out.tensor;
    }
    const auto place = direct_gradients.place(weight);
    const Operand left(by, {n, m}, kColumns), right(x, {m, k}, kRows), made(place.defined() ? place : at::empty_like(weight), {n, k}, kRows);
    work.run<matmul>({{left.desc, right.desc, made.desc}, in_our_memory(), engine()},
                     {{DNNL_ARG_SRC, left.as_is()}, {DNNL_ARG_WEIGHTS, right.as_is()}, {DNNL_ARG_DST, made.as_is()}});
    if (context->needs_input_grad(2)) grad_bias = by.sum(0, false, at::kFloat);
    return {grad_x, place.defined() ? Tensor() : made.tensor, grad_bias};
  }
};

#endif

}  // namespace

// Exported by kernels.cpp, like what follows. Rearranging the weights has to pay: for few rows of wide matrices it does not, unless OpenBLAS
// is the other choice where there is AVX-512, of which it reaches half of oneDNN's rate.
bool suits_linear(const at::Tensor& x, const at::Tensor& weight) {
  constexpr int64_t kFewestProducts = 1'500'000, kManyWeights = 1 << 17, kManyRows = 512;
  const bool is_quick = fused::kVector == 16 && x.scalar_type() == at::kFloat, has_many_rows = x.numel() >= kManyRows * x.size(-1);
  return x.numel() * weight.size(0) >= kFewestProducts && (is_quick || has_many_rows || weight.numel() < kManyWeights) && has_onednn(x.scalar_type());
}

// An undefined bias is none.
at::Tensor fused_linear(const at::Tensor& x, const at::Tensor& weight, const at::Tensor& bias) {
  fused::require_cpu_float(x);
  TORCH_CHECK(weight.scalar_type() == at::kFloat && (!bias.defined() || bias.scalar_type() == at::kFloat), "expects float32 weights");
  TORCH_CHECK(x.dim() > 0 && weight.dim() == 2 && weight.size(1) == x.size(-1) && (!bias.defined() || bias.sizes() == weight.sizes().slice(0, 1)),
              "expects x (..., I), weight (O, I) and bias (O), got ", x.sizes(), ", ", weight.sizes());
#ifdef TINYSORA_ONEDNN
  if (has_onednn(x.scalar_type())) {
    auto sizes = x.sizes().vec();
    sizes.back() = weight.size(0);
    return Linear::apply(x.reshape({-1, weight.size(1)}).contiguous(), weight.contiguous(), bias.defined() ? bias.contiguous() : at::empty({0})).view(sizes);
  }
#endif
  TORCH_CHECK(false, "oneDNN is missing, or has no ", x.scalar_type(), " on this processor");
}
