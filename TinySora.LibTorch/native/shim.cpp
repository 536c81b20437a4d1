// The C face of libtorch that TinySora.LibTorch calls. Every ATen operator is reached through the dispatcher by name
// (ts_op_find, ts_op_call), so this file holds only what is no operator: autograd's entry points, modes, generators,
// devices and raw data. Compiles against libtorch 1.13 and later, with or without CUDA, whose headers it does not need.

#include <cstdint>
#include <sstream>
#include <string>
#include <vector>

#include <ATen/Context.h>
#include <ATen/Parallel.h>
#include <ATen/core/dispatch/Dispatcher.h>
#include <ATen/core/stack.h>
#include <c10/core/GradMode.h>
#include <c10/core/impl/DeviceGuardImplInterface.h>
#include <torch/csrc/api/include/torch/version.h>
#include <torch/csrc/autograd/autograd.h>
#include <torch/csrc/autograd/custom_function.h>

#include "shim.h"

using namespace shim;

namespace {

// The kinds of value that cross; the numbers are repeated in Interop/Argument.cs.
enum Kind : int32_t {
  kDefault = 0, kNone, kTensor, kInt, kDouble, kBool, kInts, kTensors, kString, kDevice, kGenerator
};

struct Argument {
  int32_t kind;
  int32_t length;
  union {
    int64_t integer;
    double real;
    void* pointer;
  };
};

std::string describe(const Argument& argument) {
  std::ostringstream text;
  auto shape = [&](void* handle) {
    if (!handle) { text << "none"; return; }
    text << c10::toString(tensor(handle).scalar_type()) << tensor(handle).sizes();
  };
  switch (argument.kind) {
    case kTensor: shape(argument.pointer); break;
    case kTensors:
      text << "(";
      for (int32_t i = 0; i < argument.length; i++) {
        if (i) text << ", ";
        shape(static_cast<void**>(argument.pointer)[i]);
      }
      text << ")";
      break;
    case kInts: text << at::IntArrayRef(static_cast<int64_t*>(argument.pointer), argument.length); break;
    case kInt: text << argument.integer; break;
    case kDouble: text << argument.real; break;
    case kBool: text << (argument.integer ? "true" : "false"); break;
    case kNone: text << "none"; break;
    case kDefault: text << "default"; break;
    default: text << "..."; break;
  }
  return text.str();
}

c10::Device device_of(int64_t code) {
  return c10::Device(static_cast<c10::DeviceType>(code >> 16), static_cast<c10::DeviceIndex>(int16_t(code & 0xffff)));
}

// The operator's schema says what a bare integer or list means: a Scalar, a float, an optional tensor list.
c10::IValue to_ivalue(const Argument& argument, c10::TypePtr type) {
  if (auto optional = type->cast<c10::OptionalType>()) type = optional->getElementType();
  switch (argument.kind) {
    case kNone: return c10::IValue();
    case kTensor: return tensor_or_undefined(argument.pointer);
    case kBool: return argument.integer != 0;
    case kDouble: return argument.real;
    case kDevice: return device_of(argument.integer);
    case kGenerator: return *static_cast<at::Generator*>(argument.pointer);
    case kString: return std::string(static_cast<const char*>(argument.pointer), argument.length);
    case kInt:
      if (type->kind() == c10::TypeKind::FloatType) return static_cast<double>(argument.integer);
      if (type->kind() == c10::TypeKind::BoolType) return argument.integer != 0;
      return argument.integer;
    case kInts: {
      auto* values = static_cast<int64_t*>(argument.pointer);
      return c10::List<int64_t>(at::IntArrayRef(values, argument.length));
    }
    case kTensors: {
      auto** handles = static_cast<void**>(argument.pointer);
      auto list = type->cast<c10::ListType>();
      if (list && list->getElementType()->kind() == c10::TypeKind::OptionalType) {
        c10::impl::GenericList values(list->getElementType());
        for (int32_t i = 0; i < argument.length; i++) values.push_back(handles[i] ? c10::IValue(tensor(handles[i])) : c10::IValue());
        return values;
      }
      c10::List<at::Tensor> values;
      for (int32_t i = 0; i < argument.length; i++) values.push_back(tensor(handles[i]));
      return values;
    }
    default: TORCH_CHECK(false, "argument of unknown kind ", argument.kind);
  }
}

thread_local std::vector<Argument> results;

void add_result(const c10::IValue& value) {
  Argument result{};
  if (value.isTensor()) {
    result.kind = kTensor;
    result.pointer = handle(value.toTensor());
  } else if (value.isTensorList()) {
    for (const at::Tensor& item : value.toTensorVector()) add_result(item);
    return;
  } else if (value.isBool()) {
    result.kind = kBool;
    result.integer = value.toBool();
  } else if (value.isInt()) {
    result.kind = kInt;
    result.integer = value.toInt();
  } else if (value.isDouble()) {
    result.kind = kDouble;
    result.real = value.toDouble();
  } else {
    result.kind = kNone;
  }
  results.push_back(result);
}

}  // namespace

API const char* ts_error() { return last_error.c_str(); }

// ---- operators ----

API void* ts_op_find(const char* name, const char* overload) {
  auto found = c10::Dispatcher::singleton().findSchema({name, overload});
  return found ? new c10::OperatorHandle(*found) : nullptr;
}

// Calls an operator with positional arguments; kDefault takes the schema's default, as do arguments left out at the end.
// Results lie in *out (valid until this thread's next call); returns their number, or -1.
API int32_t ts_op_call(void* op, const Argument* arguments, int32_t count, const Argument** out) {
  auto& operation = *static_cast<c10::OperatorHandle*>(op);
  try {
    const auto& parameters = operation.schema().arguments();
    TORCH_CHECK(count <= int32_t(parameters.size()), "takes ", parameters.size(), " arguments, got ", count);
    thread_local torch::jit::Stack stack;
    stack.clear();
    for (size_t i = 0; i < parameters.size(); i++) {
      if (int32_t(i) < count && arguments[i].kind != kDefault) {
        stack.push_back(to_ivalue(arguments[i], parameters[i].type()));
      } else {
        TORCH_CHECK(parameters[i].default_value(), "argument '", parameters[i].name(), "' has no default");
        stack.push_back(*parameters[i].default_value());
      }
    }
    operation.callBoxed(&stack);
    results.clear();
    for (const auto& value : stack) add_result(value);
    stack.clear();
    *out = results.data();
    return int32_t(results.size());
  } catch (const std::exception& error) {
    std::ostringstream text;
    text << operation.schema().operator_name() << "(";
    for (int32_t i = 0; i < count; i++) text << (i ? ", " : "") << describe(arguments[i]);
    text << "): " << message_of(error);
    last_error = text.str();
    return -1;
  }
}

// ---- tensors ----

API void ts_tensor_free(void* t) { delete static_cast<at::Tensor*>(t); }
API void* ts_tensor_alias(void* t) { return new at::Tensor(tensor(t)); }
API int64_t ts_tensor_dim(void* t) { return tensor(t).dim(); }
API void ts_tensor_sizes(void* t, int64_t* out) {
  for (auto size : tensor(t).sizes()) *out++ = size;
}
API void ts_tensor_strides(void* t, int64_t* out) {
  for (auto stride : tensor(t).strides()) *out++ = stride;
}
API int64_t ts_tensor_numel(void* t) { return tensor(t).numel(); }
API int32_t ts_tensor_dtype(void* t) { return int32_t(tensor(t).scalar_type()); }
API int64_t ts_tensor_device(void* t) {
  auto device = tensor(t).device();
  return (int64_t(device.type()) << 16) | uint16_t(int16_t(device.index()));
}
API void* ts_tensor_data(void* t) {
  return guarded([&] { return tensor(t).data_ptr(); }, static_cast<void*>(nullptr));
}
API int32_t ts_tensor_is_contiguous(void* t) { return tensor(t).is_contiguous(); }
API int32_t ts_tensor_requires_grad(void* t) { return tensor(t).requires_grad(); }
API int32_t ts_tensor_set_requires_grad(void* t, int32_t value) {
  return guarded_void([&] { tensor(t).set_requires_grad(value != 0); });
}
API void* ts_tensor_grad(void* t) {
  const at::Tensor& grad = tensor(t).grad();
  return grad.defined() ? new at::Tensor(grad) : nullptr;
}
API int32_t ts_tensor_set_grad(void* t, void* grad) {
  return guarded_void([&] { tensor(t).mutable_grad() = tensor_or_undefined(grad); });
}

// ---- autograd ----

API int32_t ts_backward(void** roots, int32_t count, void** gradients, int32_t gradient_count, int32_t retain_graph,
                        int32_t create_graph, void** inputs, int32_t input_count) {
  return guarded_void([&] {
    std::vector<at::Tensor> root_list, gradient_list, input_list;
    for (int32_t i = 0; i < count; i++) root_list.push_back(tensor(roots[i]));
    for (int32_t i = 0; i < gradient_count; i++) gradient_list.push_back(tensor_or_undefined(gradients[i]));
    for (int32_t i = 0; i < input_count; i++) input_list.push_back(tensor(inputs[i]));
    torch::autograd::backward(root_list, gradient_list, retain_graph != 0, create_graph != 0, input_list);
  });
}

// ---- operations whose backward pass is .NET's ----

namespace {

using torch::autograd::variable_list;

// Tensors cross owned, in both directions; a gradient may be null. -1: it failed, and has said why to ts_function_fail.
using Backward = int32_t (*)(void* key, void** saved, int32_t saved_count, void** gradients, int32_t gradient_count, void** results);
using Release = void (*)(void* key);

struct Call : torch::CustomClassHolder {
  void* key;
  Backward backward;
  Release release;
  Call(void* key, Backward backward, Release release) : key(key), backward(backward), release(release) {}
  ~Call() override { release(key); }
};

std::vector<void*> handles(const variable_list& list) {
  std::vector<void*> result;
  for (const auto& item : list) result.push_back(handle(item));
  return result;
}

struct CallFunction : torch::autograd::Function<CallFunction> {
  // The pass itself has run already.
  static variable_list forward(torch::autograd::AutogradContext* context, at::TensorList inputs, const variable_list* saved,
                               const variable_list* outputs, c10::intrusive_ptr<Call> call) {
    context->save_for_backward(*saved);
    context->saved_data["call"] = c10::IValue::make_capsule(call);
    context->saved_data["inputs"] = static_cast<int64_t>(inputs.size());
    return *outputs;
  }

  static variable_list backward(torch::autograd::AutogradContext* context, const variable_list& gradients) {
    auto call = c10::static_intrusive_pointer_cast<Call>(context->saved_data["call"].toCapsule());
    auto saved = handles(context->get_saved_variables()), given = handles(gradients);
    std::vector<void*> results(context->saved_data["inputs"].toInt());
    const int32_t status = call->backward(call->key, saved.data(), static_cast<int32_t>(saved.size()), given.data(),
                                          static_cast<int32_t>(given.size()), results.data());
    variable_list list;
    for (void* result : results) {
      list.push_back(tensor_or_undefined(result));
      delete static_cast<at::Tensor*>(result);
    }
    if (status != 0) throw std::runtime_error(last_error);
    list.resize(list.size() + 3);  // forward's other arguments
    return list;
  }
};

}  // namespace

// Makes of outputs, whose handles it replaces, results of inputs.
API int32_t ts_function_attach(void* key, Backward backward, Release release, void** inputs, int32_t input_count, void** saved,
                               int32_t saved_count, void** outputs, int32_t output_count) {
  return guarded_void([&] {
    auto call = c10::make_intrusive<Call>(key, backward, release);
    auto list = [](void** tensors, int32_t count) {
      variable_list result;
      for (int32_t i = 0; i < count; i++) result.push_back(tensor_or_undefined(tensors[i]));
      return result;
    };
    const variable_list input_list = list(inputs, input_count), saved_list = list(saved, saved_count), output_list = list(outputs, output_count);
    const variable_list results = CallFunction::apply(at::TensorList(input_list), &saved_list, &output_list, call);
    for (int32_t i = 0; i < output_count; i++) outputs[i] = handle(results[i]);
  });
}
API void ts_function_fail(const char* message) { last_error = message; }

API int32_t ts_grad_mode() { return c10::GradMode::is_enabled(); }
API void ts_set_grad_mode(int32_t enabled) { c10::GradMode::set_enabled(enabled != 0); }

// ---- random numbers ----

// A generator of its own: cloned from the device's default one, which needs no CUDA headers, then seeded.
API void* ts_generator_new(int64_t device, uint64_t seed) {
  return guarded([&] {
    auto* generator = new at::Generator(at::globalContext().defaultGenerator(device_of(device)).clone());
    generator->set_current_seed(seed);
    return static_cast<void*>(generator);
  }, static_cast<void*>(nullptr));
}
API void* ts_generator_default(int64_t device) {
  return guarded([&] {
    return static_cast<void*>(new at::Generator(at::globalContext().defaultGenerator(device_of(device))));
  }, static_cast<void*>(nullptr));
}
API void ts_generator_free(void* generator) { delete static_cast<at::Generator*>(generator); }
API void ts_generator_seed(void* generator, uint64_t seed) {
  static_cast<at::Generator*>(generator)->set_current_seed(seed);
}
API void* ts_generator_state(void* generator) {
  return guarded_tensor([&] { return static_cast<at::Generator*>(generator)->get_state(); });
}
API int32_t ts_generator_set_state(void* generator, void* state) {
  return guarded_void([&] { static_cast<at::Generator*>(generator)->set_state(tensor(state)); });
}
API void ts_manual_seed(uint64_t seed) { at::manual_seed(seed); }

// ---- the machine ----

API int32_t ts_threads() { return at::get_num_threads(); }
API void ts_set_threads(int32_t count) { at::set_num_threads(count); }
// 0 without CUDA's kernels, too: the library that has them registers this.
API int32_t ts_cuda_count() {
  return c10::impl::hasDeviceGuardImpl(c10::DeviceType::CUDA) ? c10::impl::getDeviceGuardImpl(c10::DeviceType::CUDA)->deviceCount() : 0;
}
API int32_t ts_allow_tf32() { return at::globalContext().allowTF32CuBLAS(); }
API void ts_set_allow_tf32(int32_t allowed) { at::globalContext().setAllowTF32CuBLAS(allowed != 0); }
API const char* ts_version() { return TORCH_VERSION; }
