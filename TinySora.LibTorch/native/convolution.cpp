// Convolutions of rows of channels, forward and backward: by Winograd's algorithm where that is ours and faster, by oneDNN's
// direct kernels otherwise. Beside what libtorch does, weights are narrowed and rearranged in one pass, once where they are fixed,
// and their gradients come in float32.

#include "onednn.h"
#include "winograd.h"

namespace {

using namespace fused;

#ifdef TINYSORA_ONEDNN

using namespace onednn;
using Forward = dnnl::convolution_forward;
using BackwardInput = dnnl::convolution_backward_data;
using BackwardWeight = dnnl::convolution_backward_weights;

constexpr auto way = dnnl::algorithm::convolution_direct;

// (N, H, W, I) with (O, I, h, w) to (N, H', W', O), and the primitives for it.
struct Shape {
  memory::dims input, weight, output, stride, padding;
  memory::data_type type;
  Forward::primitive_desc forward;

  Shape(const Tensor& x, const Tensor& w, int64_t step, int64_t pad)
      : input{x.size(0), x.size(3), x.size(1), x.size(2)},
        weight(w.sizes().vec()),
        output{x.size(0), w.size(0), (x.size(1) + 2 * pad - w.size(2)) / step + 1, (x.size(2) + 2 * pad - w.size(3)) / step + 1},
        stride{step, step},
        padding{pad, pad},
        type(type_of(x)),
        forward{{dnnl::prop_kind::forward_training, way, rows(input), taps(), bias(), rows(output), stride, this->padding, this->padding},
                in_our_memory(), engine()} {}

  // The kernels are fastest on rows of channels.
  memory::desc rows(const memory::dims& sizes) const { return {sizes, type, memory::format_tag::nhwc}; }
  memory::desc taps() const { return {weight, type, memory::format_tag::any}; }
  memory::desc gradient_of_taps() const { return {weight, memory::data_type::f32, memory::format_tag::any}; }
  memory::desc bias() const { return {{weight[0]}, memory::data_type::f32, memory::format_tag::x}; }

  BackwardInput::primitive_desc backward_input() const {
    return {{way, rows(input), taps(), rows(output), stride, padding, padding}, in_our_memory(), engine(), forward};
  }
  BackwardWeight::primitive_desc backward_weight() const {
    return {{way, rows(input), gradient_of_taps(), bias(), rows(output), stride, padding, padding}, in_our_memory(), engine(), forward};
  }
};

// Channels-last, as our tensors lie in memory: (N, H, W, C) and (O, h, w, I).
Operand rows(const Tensor& t, const memory::dims& sizes) { return {t, sizes, memory::format_tag::nhwc}; }
Operand vector(const Tensor& t) { return {t, {t.size(0)}, memory::format_tag::x}; }

struct Convolution : torch::autograd::Function<Convolution> {
  static Tensor forward(AutogradContext* context, Tensor x, Tensor weight, Tensor bias, int64_t stride, int64_t padding) {
    const Shape shape(x, weight, stride, padding);
    context->save_for_backward({x, weight});
    context->saved_data["stride"] = stride;
    context->saved_data["padding"] = padding;
    Work work;
    const auto& kernel = shape.forward;
    const auto out = rows(at::empty({shape.output[0], shape.output[2], shape.output[3], shape.output[1]}, x.options()), shape.output);
    const auto result = work.destination(out, kernel.dst_desc());
    work.run<Forward>(kernel, {{DNNL_ARG_SRC, work.arranged(rows(x, shape.input), kernel.src_desc())},
                               {DNNL_ARG_WEIGHTS, work.arranged_weight(rows(weight, shape.weight), kernel.weights_desc())},
                               {DNNL_ARG_BIAS, vector(bias).as_is()},
                               {DNNL_ARG_DST, result}});
    work.deliver(result, out);
    return out.tensor;
  }

  static variable_list backward(AutogradContext* context, variable_list gradients) {
    const auto saved = context->get_saved_variables();
    const Tensor &x = saved[0], &weight = saved[1];
    const Shape shape(x, weight, context->saved_data["stride"].toInt(), context->saved_data["padding"].toInt());
    const auto by = rows(gradients[0].contiguous(), shape.output);
    Work work;

    const auto of_weight = shape.backward_weight();
    const auto by_for_weight = work.arranged(by, of_weight.diff_dst_desc());
    const auto place = direct_gradients.place(weight);
    const auto grad_weight = rows(place.defined() ? place : at::empty_like(weight), shape.weight);
    const auto grad_bias = vector(at::empty({weight.size(0)}, weight.options()));
    const auto taps = work.destination(grad_weight, of_weight.diff_weights_desc());
    work.run<BackwardWeight>(of_weight, {{DNNL_ARG_SRC, work.arranged(rows(x, shape.input), of_weight.src_desc())},
                                         {DNNL_ARG_DIFF_DST, by_for_weight},
                                         {DNNL_ARG_DIFF_WEIGHTS, taps},
                                         {DNNL_ARG_DIFF_BIAS, grad_bias.as_is()}});
    work.deliver(taps, grad_weight);
    const auto given = place.defined() ? Tensor() : grad_weight.tensor;
    if (!context->needs_input_grad(0)) return {Tensor(), given, grad_bias.tensor, Tensor(), Tensor()};

    const auto of_input = shape.backward_input();
    const auto grad_x = rows(at::empty_like(x), shape.input);
    const auto input = work.destination(grad_x, of_input.diff_src_desc());
    work.run<BackwardInput>(of_input, {{DNNL_ARG_DIFF_DST, of_input.diff_dst_desc() == of_weight.diff_dst_desc()
                                                               ? by_for_weight
                                                               : work.arranged(by, of_input.diff_dst_desc())},
                                       {DNNL_ARG_WEIGHTS, work.arranged(rows(weight, shape.weight), of_input.weights_desc())},
                                       {DNNL_ARG_DIFF_SRC, input}});
    work.deliver(input, grad_x);
    return {grad_x.tensor, given, grad_bias.tensor, Tensor(), Tensor()};
  }
};

#endif

}  // namespace

// Exported by kernels.cpp.
at::Tensor fused_convolution(const at::Tensor& x, const at::Tensor& weight, const at::Tensor& bias, int64_t stride, int64_t padding) {
  fused::require_cpu_float(x);
  TORCH_CHECK(weight.scalar_type() == at::kFloat && bias.scalar_type() == at::kFloat, "expects float32 weights");
  TORCH_CHECK(x.dim() == 4 && weight.dim() == 4 && weight.size(1) == x.size(3) && bias.dim() == 1 && bias.size(0) == weight.size(0),
              "expects x (N, H, W, I), weight (O, I, h, w) and bias (O), got ", x.sizes(), ", ", weight.sizes(), ", ", bias.sizes());
  const auto rows = x.contiguous(), taps = weight.contiguous(at::MemoryFormat::ChannelsLast), shift = bias.contiguous();
  if (fused::suits_winograd(x, weight, stride, padding)) return fused::winograd(rows, taps, shift, padding);
#ifdef TINYSORA_ONEDNN
  if (has_onednn(x.scalar_type())) return Convolution::apply(rows, taps, shift, stride, padding);
#endif
  TORCH_CHECK(false, "oneDNN is missing, or has no ", x.scalar_type(), " on this processor");
}
