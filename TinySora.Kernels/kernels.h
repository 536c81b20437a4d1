// The kernels. Tensors are contiguous unless stated otherwise. Outputs come last. An absent tensor has no memory.
// TinySora.Engine/Compute/Native/Operations/Kernels.cs documents results and shapes. Accumulated gradients must start as zeros.

#pragma once

#include "tensor.h"

namespace VARIANT {

// Only the values of a head must be adjacent.
void attention(const Tensor& q, const Tensor& k, const Tensor& v, const Tensor& bias, const Tensor& absent, const Tensor& out, const Tensor& statistics,
               bool is_causal, double dropped, int64_t seed, int64_t before);
void attention_backward(const Tensor& q, const Tensor& k, const Tensor& v, const Tensor& bias, const Tensor& absent, const Tensor& out,
                        const Tensor& statistics, const Tensor& grad, const Tensor& grad_q, const Tensor& grad_k, const Tensor& grad_v,
                        const Tensor& grad_bias, bool is_causal, double dropped, int64_t seed, int64_t before);
void decode_attention(const Tensor& q, const Tensor& k, const Tensor& v, const Tensor& out);
void require_attention(const Tensor& q, const Tensor& k, const Tensor& v, const Tensor& bias, const Tensor& absent, const Tensor& out);

void temporal_attention(const Tensor& qkv, const Tensor& turns, const Tensor& bias, const Tensor& out);
void temporal_attention_backward(const Tensor& qkv, const Tensor& turns, const Tensor& bias, const Tensor& grad, const Tensor& grad_qkv,
                                 const Tensor& grad_bias);

void linear_attention(const Tensor& qkv, const Tensor& out, const Tensor& contexts, const Tensor& scales, int64_t heads);
void linear_attention_backward(const Tensor& qkv, const Tensor& contexts, const Tensor& scales, const Tensor& grad, const Tensor& grad_qkv, int64_t heads);

void winograd(const Tensor& x, const Tensor& weight, const Tensor& bias, const Tensor& out, int64_t padding);
void winograd_backward_input(const Tensor& grad, const Tensor& weight, const Tensor& grad_x, int64_t padding);
void winograd_backward_weight(const Tensor& x, const Tensor& grad, const Tensor& grad_weight, const Tensor& grad_bias, int64_t padding);

void linear(const Tensor& x, const Tensor& weight, const Tensor& bias, const Tensor& out);
void linear_backward_input(const Tensor& grad, const Tensor& weight, const Tensor& grad_x);
void linear_backward_weight(const Tensor& x, const Tensor& grad, const Tensor& grad_weight, const Tensor& grad_bias);

void small_batch_linear(const Tensor& x, const Tensor& weight, const Tensor& bias, const Tensor& out);

void layer_norm(const Tensor& x, const Tensor& gain, const Tensor& out, const Tensor& statistics);
void layer_norm_backward(const Tensor& x, const Tensor& gain, const Tensor& statistics, const Tensor& grad, const Tensor& grad_x, const Tensor& grad_gain);

void modulated_norm(const Tensor& x, const Tensor& shift, const Tensor& scale, const Tensor& out, const Tensor& statistics);
void modulated_norm_backward(const Tensor& x, const Tensor& scale, const Tensor& statistics, const Tensor& grad, const Tensor& grad_x,
                             const Tensor& grad_shift, const Tensor& grad_scale);
void gate(const Tensor& x, const Tensor& gate, const Tensor& y, const Tensor& out);
void gate_backward(const Tensor& gate, const Tensor& y, const Tensor& grad, const Tensor& grad_gate, const Tensor& grad_y);

void norm_silu(const Tensor& x, const Tensor& gamma, const Tensor& modulation, const Tensor& skip, const Tensor& out);
void norm_silu_backward(const Tensor& x, const Tensor& gamma, const Tensor& modulation, const Tensor& grad, const Tensor& grad_x, const Tensor& grad_gamma,
                        const Tensor& grad_modulation);

void group_norm(const Tensor& x, const Tensor& gain, const Tensor& shift, const Tensor& mean, const Tensor& inverse, const Tensor& out, double eps,
                int64_t activation, double slope);
void group_norm_backward(const Tensor& x, const Tensor& gain, const Tensor& shift, const Tensor& mean, const Tensor& inverse, const Tensor& grad,
                         const Tensor& grad_x, const Tensor& grad_gain, const Tensor& grad_shift, int64_t activation, double slope);

void gelu(const Tensor& x, const Tensor& out);
void gelu_backward(const Tensor& x, const Tensor& grad, const Tensor& grad_x);

// For the backward pass, apply this function to the gradient.
void dropout(const Tensor& x, const Tensor& out, double share, int64_t seed, int64_t before);

void nearest(const Tensor& vectors, const Tensor& targets, const Tensor& out);

// The gate may have a row stride; gate, states and borders may be absent.
void selective_scan(const Tensor& u, const Tensor& delta, const Tensor& a, const Tensor& b, const Tensor& c, const Tensor& d, const Tensor& gate,
                    const Tensor& out, const Tensor& states, const Tensor& borders);
void selective_scan_backward(const Tensor& u, const Tensor& delta, const Tensor& a, const Tensor& b, const Tensor& c, const Tensor& d, const Tensor& gate,
                             const Tensor& borders, const Tensor& grad, const Tensor& grad_u, const Tensor& grad_delta, const Tensor& grad_a,
                             const Tensor& grad_b, const Tensor& grad_c, const Tensor& grad_d, const Tensor& grad_gate);

// x may have a row stride.
void causal_conv(const Tensor& x, const Tensor& taps, const Tensor& bias, const Tensor& out);
void causal_conv_backward(const Tensor& x, const Tensor& taps, const Tensor& bias, const Tensor& grad, const Tensor& grad_x, const Tensor& grad_weights);

void token_loss(const Tensor& logits, const Tensor& targets, const Tensor& ignored, const Tensor& loss, bool is_differentiated);

void adam(const Tensor& values, const Tensor& gradients, const Tensor& mean, const Tensor& mean_square, double beta1, double beta2, double decay,
          double rate, double floor);

// For recorded programs, in float32. The tensors of elementwise operations have the same sizes and any strides.
void copy(const Tensor& x, const Tensor& out);
void fill(const Tensor& out, double value);
void binary(const Tensor& a, const Tensor& b, const Tensor& out, int64_t operation);
void unary(const Tensor& x, const Tensor& out, int64_t operation, double factor, double offset);
void matmul(const Tensor& a, const Tensor& b, const Tensor& bias, const Tensor& out, bool adds);
void unfold(const Tensor& x, const Tensor& out, int64_t kernel, int64_t stride, int64_t padding);
void fold(const Tensor& windows, const Tensor& out, int64_t kernel, int64_t stride, int64_t padding);
void channel_norm(const Tensor& x, const Tensor& gain, const Tensor& shift, const Tensor& out, const Tensor& statistics, double eps);
void gather(const Tensor& indices, const Tensor& table, const Tensor& out);
void gather_backward(const Tensor& indices, const Tensor& grad, const Tensor& grad_table);
void softmax(const Tensor& x, const Tensor& out);
void softmax_backward(const Tensor& result, const Tensor& grad, const Tensor& grad_x);
void unary_backward(const Tensor& x, const Tensor& grad, const Tensor& out, int64_t operation, double factor);
void accumulate(const Tensor& x, const Tensor& out);
void channel_norm_backward(const Tensor& x, const Tensor& gain, const Tensor& statistics, const Tensor& grad, const Tensor& grad_x, const Tensor& grad_gain,
                           const Tensor& grad_shift);

}  // namespace VARIANT
