// Convolution with 3 x 3 taps, stride 1, by minimal filtering F(4 x 4, 3 x 3) (Winograd; Lavin and Gray 2015): 36 products
// where the direct way takes 144. The kernels are oneDNN 2's, which libtorch links but asks only for direct convolutions.
// They read and write blocks of sixteen channels; rearranging costs a few percent of them, and brings
// bfloat16 to float32 and back: even so this is faster than direct convolutions in bfloat16.

#include "fused.h"

#ifdef TINYSORA_ONEDNN
#include <oneapi/dnnl/dnnl.hpp>
#if DNNL_VERSION_MAJOR != 2
#undef TINYSORA_ONEDNN
#endif
#endif

namespace {

using namespace fused;

Tensor direct(const Tensor& x, const Tensor& weight, const Tensor& bias) {
  return at::conv2d(x.permute({0, 3, 1, 2}), weight.to(x.scalar_type()), bias.to(x.scalar_type()), 1, 1).permute({0, 2, 3, 1}).contiguous();
}

#ifdef TINYSORA_ONEDNN

using dnnl::memory;
using Kernel = dnnl::convolution_forward;
using KernelOfInput = dnnl::convolution_backward_data;
using KernelOfWeight = dnnl::convolution_backward_weights;
constexpr auto kWinograd = dnnl::algorithm::convolution_winograd;

const dnnl::engine& engine() {
  static const dnnl::engine cpu(dnnl::engine::kind::cpu, 0);
  return cpu;
}

// (N, H, W, I) with (O, I, 3, 3) to (N, H, W, O).
struct Shape {
  memory::dims input, weight, output;

  Shape(const Tensor& x, const Tensor& w)
      : input{x.size(0), x.size(3), x.size(1), x.size(2)},
        weight{w.size(0), w.size(1), 3, 3},
        output{x.size(0), w.size(0), x.size(1), x.size(2)} {}

  // The kernels choose their layouts.
  static memory::desc any(const memory::dims& sizes) { return {sizes, memory::data_type::f32, memory::format_tag::any}; }
  memory::desc bias() const { return {{weight[0]}, memory::data_type::f32, memory::format_tag::x}; }

  // Empty where oneDNN has no such kernel for this processor or these sizes.
  Kernel::primitive_desc kernel() const {
    return {{dnnl::prop_kind::forward_training, kWinograd, any(input), any(weight), bias(), any(output), {1, 1}, {1, 1}, {1, 1}}, engine(), true};
  }
};

// Channels-last, as our tensors lie in memory: (N, H, W, C) and (O, 3, 3, I).
memory plain(const Tensor& t, const memory::dims& sizes) {
  const auto type = t.scalar_type() == at::kBFloat16 ? memory::data_type::bf16 : memory::data_type::f32;
  return {{sizes, type, memory::format_tag::nhwc}, engine(), t.data_ptr()};
}

struct Work {
  dnnl::stream stream{engine()};
  std::vector<Tensor> buffers;

  memory buffer(const memory::desc& desc) {
    buffers.push_back(at::empty({static_cast<int64_t>(desc.get_size() / sizeof(float))}, at::kFloat));
    return {desc, engine(), buffers.back().data_ptr()};
  }

  void copy(memory from, memory to) { dnnl::reorder(from, to).execute(stream, from, to); }

  memory arranged(const Tensor& t, const memory::dims& sizes, const memory::desc& desc) {
    auto to = buffer(desc);
    copy(plain(t, sizes), to);
    return to;
  }
};

memory vector(const Tensor& t) { return {{{t.size(0)}, memory::data_type::f32, memory::format_tag::x}, engine(), t.data_ptr()}; }

struct Winograd : torch::autograd::Function<Winograd> {
  static Tensor forward(AutogradContext* context, Tensor x, Tensor weight, Tensor bias, const Kernel::primitive_desc& kernel) {
    const Shape shape(x, weight);
    context->save_for_backward({x, weight});
    Work work;
    auto out = at::empty({x.size(0), x.size(1), x.size(2), weight.size(0)}, x.options());
    auto result = work.buffer(kernel.dst_desc());
    Kernel(kernel).execute(work.stream, {{DNNL_ARG_SRC, work.arranged(x, shape.input, kernel.src_desc())},
                                         {DNNL_ARG_WEIGHTS, work.arranged(weight, shape.weight, kernel.weights_desc())},
                                         {DNNL_ARG_BIAS, vector(bias)},
                                         {DNNL_ARG_DST, result}});
    work.copy(result, plain(out, shape.output));
    return out;
  }

  static variable_list backward(AutogradContext* context, variable_list gradients) {
    auto saved = context->get_saved_variables();
    const Tensor &x = saved[0], &weight = saved[1];
    const Shape shape(x, weight);
    const auto forward = shape.kernel();
    const auto grad = gradients[0].contiguous();
    Work work;

    auto grad_weight = at::empty({weight.size(0), 3, 3, weight.size(1)}, weight.options()).permute({0, 3, 1, 2});
    auto grad_bias = at::empty({weight.size(0)}, weight.options());
    const KernelOfWeight::primitive_desc of_weight(
        {kWinograd, Shape::any(shape.input), Shape::any(shape.weight), shape.bias(), Shape::any(shape.output), {1, 1}, {1, 1}, {1, 1}},
        engine(), forward);
    const auto by = work.arranged(grad, shape.output, of_weight.diff_dst_desc());
    auto weights = work.buffer(of_weight.diff_weights_desc());
    KernelOfWeight(of_weight).execute(work.stream, {{DNNL_ARG_SRC, work.arranged(x, shape.input, of_weight.src_desc())},
                                                    {DNNL_ARG_DIFF_DST, by},
                                                    {DNNL_ARG_DIFF_WEIGHTS, weights},
                                                    {DNNL_ARG_DIFF_BIAS, vector(grad_bias)}});
    work.copy(weights, plain(grad_weight, shape.weight));

    Tensor grad_x;
    if (context->needs_input_grad(0)) {
      grad_x = at::empty_like(x);
      const KernelOfInput::primitive_desc of_input(
          {kWinograd, Shape::any(shape.input), Shape::any(shape.weight), Shape::any(shape.output), {1, 1}, {1, 1}, {1, 1}}, engine(), forward);
      auto input = work.buffer(of_input.diff_src_desc());
      KernelOfInput(of_input).execute(
          work.stream, {{DNNL_ARG_DIFF_DST, of_input.diff_dst_desc() == of_weight.diff_dst_desc()
                                                ? by
                                                : work.arranged(grad, shape.output, of_input.diff_dst_desc())},
                        {DNNL_ARG_WEIGHTS, work.arranged(weight, shape.weight, of_input.weights_desc())},
                        {DNNL_ARG_DIFF_SRC, input}});
      work.copy(input, plain(grad_x, shape.input));
    }
    return {grad_x, grad_weight, grad_bias, Tensor()};
  }
};

#endif

}  // namespace

// Exported by shim.cpp.
at::Tensor fused_convolution(const at::Tensor& x, const at::Tensor& weight, const at::Tensor& bias) {
  fused::require_cpu_float(x);
  TORCH_CHECK(weight.scalar_type() == at::kFloat && bias.scalar_type() == at::kFloat, "expects float32 weights");
  TORCH_CHECK(x.dim() == 4 && weight.dim() == 4 && weight.size(1) == x.size(3) && weight.size(2) == 3 && weight.size(3) == 3,
              "expects x (N, H, W, I) and weight (O, I, 3, 3), got ", x.sizes(), ", ", weight.sizes());
  const auto rows = x.contiguous();
#ifdef TINYSORA_ONEDNN
  const auto taps = weight.contiguous(at::MemoryFormat::ChannelsLast);
  if (const auto kernel = Shape(rows, taps).kernel()) return Winograd::apply(rows, taps, bias.contiguous(), kernel);
#endif
  return direct(rows, weight, bias);
}
