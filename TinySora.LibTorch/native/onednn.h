// What the kernels that call oneDNN 2 share. libtorch links it, but asks for less than it has.

#pragma once

#include "direct_gradients.h"

#ifdef TINYSORA_ONEDNN
#include <oneapi/dnnl/dnnl.hpp>
#if DNNL_VERSION_MAJOR != 2
#undef TINYSORA_ONEDNN
#endif
#endif

// Whether convolutions and linear layers are to be had for tensors of this type.
inline bool has_onednn([[maybe_unused]] at::ScalarType type) {
#ifdef TINYSORA_ONEDNN
  constexpr auto least = static_cast<unsigned>(dnnl::cpu_isa::avx512_core);
  static const bool has_bfloat16 = (static_cast<unsigned>(dnnl::get_effective_cpu_isa()) & least) == least;
  return type == at::kFloat || (type == at::kBFloat16 && has_bfloat16);
#else
  return false;
#endif
}

#ifdef TINYSORA_ONEDNN

#include "taps.h"

namespace onednn {

using at::Tensor;
using dnnl::memory;

inline const dnnl::engine& engine() {
  static const dnnl::engine cpu(dnnl::engine::kind::cpu, 0);
  return cpu;
}

inline memory::data_type type_of(const Tensor& t) {
  return t.scalar_type() == at::kBFloat16 ? memory::data_type::bf16 : memory::data_type::f32;
}

// Primitives work in memory of ours: oneDNN's own is given back to the system whenever no primitive is left, and comes back
// page by page, which can take ten times as long as the work.
inline const dnnl::primitive_attr& in_our_memory() {
  static const dnnl::primitive_attr attributes = [] {
    dnnl::primitive_attr made;
    made.set_scratchpad_mode(dnnl::scratchpad_mode::user);
    return made;
  }();
  return attributes;
}

// A tensor as it lies in memory: its dimensions as primitives name them, and their order.
struct Operand {
  Tensor tensor;
  memory::desc desc;

  Operand(const Tensor& t, const memory::dims& sizes, memory::format_tag order) : tensor(t), desc(sizes, type_of(t), order) {}
  memory as_is() const { return {desc, engine(), tensor.data_ptr()}; }
};

// Weights as primitives want them, for as long as a thread promises that they do not change.
struct FixedWeights {
  struct Arranged {
    Tensor weight;  // held, so that no other tensor gets its memory
    memory made;
    Tensor buffer;
  };
  static inline thread_local std::vector<std::vector<Arranged>> scopes;
};

// Runs primitives, and keeps what they work on until they are done.
class Work {
 public:
  // The description must have been made `in_our_memory`.
  template <typename Primitive>
  void run(const typename Primitive::primitive_desc& description, std::unordered_map<int, memory> operands) {
    operands.insert({DNNL_ARG_SCRATCHPAD, buffer(description.scratchpad_desc())});
    Primitive(description).execute(stream, operands);
  }

  memory buffer(const memory::desc& desc) {
    buffers.push_back(at::empty({static_cast<int64_t>(desc.get_size())}, at::kByte));
    return {desc, engine(), buffers.back().data_ptr()};
  }

  // As a primitive wants it: narrowed, widened or rearranged where need be.
  memory arranged(const Operand& from, const memory::desc& desc) {
    if (from.desc == desc) return from.as_is();
    auto to = buffer(desc);
    copy(from.as_is(), to);
    return to;
  }

  memory arranged_weight(const Operand& from, const memory::desc& desc) {
    if (FixedWeights::scopes.empty() || from.desc == desc) return arranged(from, desc);
    auto& all = FixedWeights::scopes.back();
    for (const auto& [weight, made, memory] : all)
      if (weight.data_ptr() == from.tensor.data_ptr() && made.get_desc() == desc) return made;
    auto made = arranged(from, desc);
    all.push_back({from.tensor, made, buffers.back()});
    return made;
  }

  // Where a primitive shall write what becomes the tensor, and how it gets there from then.
  memory destination(const Operand& to, const memory::desc& desc) { return to.desc == desc ? to.as_is() : buffer(desc); }
  void deliver(memory from, const Operand& to) {
    if (from.get_desc() != to.desc) copy(from, to.as_is());
  }

 private:
  void copy(memory from, memory to) {
    if (!arrange_taps(from, to)) dnnl::reorder(from, to).execute(stream, from, to);
  }

  dnnl::stream stream{engine()};
  std::vector<Tensor> buffers;
};

}  // namespace onednn

#endif
