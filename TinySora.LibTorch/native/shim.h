// How tensors and failures cross between .NET and libtorch: a tensor as a heap-allocated at::Tensor*; functions that can fail
// return 0 or a pointer on success and leave the text of the failure in a thread-local buffer that ts_error returns. Both
// libraries, the binding's (shim.cpp) and the kernels' (all others), have one.

#pragma once

#include <cstdint>
#include <exception>
#include <string>
#include <utility>

#include <ATen/ATen.h>

#ifdef _WIN32
#define API extern "C" __declspec(dllexport)
#else
#define API extern "C" __attribute__((visibility("default")))
#endif

namespace shim {

inline thread_local std::string last_error;

inline at::Tensor& tensor(void* handle) { return *static_cast<at::Tensor*>(handle); }

// An undefined result (an output masked out, an absent gradient) crosses as null.
inline void* handle(at::Tensor value) { return value.defined() ? new at::Tensor(std::move(value)) : nullptr; }

inline at::Tensor tensor_or_undefined(void* handle) { return handle ? tensor(handle) : at::Tensor(); }

// The message alone: libtorch appends a C++ backtrace, which tells a user of the module nothing.
inline std::string message_of(const std::exception& error) {
  if (auto* torch_error = dynamic_cast<const c10::Error*>(&error)) return torch_error->what_without_backtrace();
  return error.what();
}

template <typename Body>
auto guarded(Body body, decltype(body()) failed) -> decltype(body()) {
  try {
    return body();
  } catch (const std::exception& error) {
    last_error = message_of(error);
  } catch (...) {
    last_error = "unknown C++ exception";
  }
  return failed;
}

// For functions that return a tensor, and for those that return nothing.
template <typename Body>
void* guarded_tensor(Body body) {
  return guarded([&] { return handle(body()); }, static_cast<void*>(nullptr));
}
template <typename Body>
int32_t guarded_void(Body body) {
  return guarded([&] { body(); return 0; }, -1);
}

}  // namespace shim
