// The kernels by name, in the form that .NET calls: tensors in one array, and the bits of the other arguments in another.

#include <cstring>
#include <string>
#include <tuple>
#include <utility>

#include "kernels.h"

void set_error(const char* message);  // dispatch.cpp

namespace VARIANT {
namespace {

// Returns whether the kernel succeeded; if not, sets the error message.
using Entry = bool (*)(const Tensor* tensors, int32_t tensor_count, const int64_t* scalars, int32_t scalar_count);

template <typename T>
T scalar(int64_t bits) {
  if constexpr (std::is_same_v<T, double>) {
    double value;
    std::memcpy(&value, &bits, sizeof value);
    return value;
  } else {
    return static_cast<T>(bits);
  }
}

template <auto Kernel>
struct Call;
template <typename... Arguments, void (*Kernel)(Arguments...)>
struct Call<Kernel> {
  static constexpr int kTensors = (0 + ... + std::is_same_v<Arguments, const Tensor&>);
  static constexpr int kScalars = sizeof...(Arguments) - kTensors;

  // Tensors precede scalars.
  template <size_t I>
  static decltype(auto) argument(const Tensor* tensors, const int64_t* scalars) {
    using T = std::tuple_element_t<I, std::tuple<Arguments...>>;
    if constexpr (I < kTensors)
      return tensors[I];
    else
      return scalar<T>(scalars[I - kTensors]);
  }

  template <size_t... I>
  static void run(const Tensor* tensors, const int64_t* scalars, std::index_sequence<I...>) {
    Kernel(argument<I>(tensors, scalars)...);
  }

  static bool entry(const Tensor* tensors, int32_t tensor_count, const int64_t* scalars, int32_t scalar_count) {
    try {
      require(tensor_count == kTensors && scalar_count == kScalars, "expects ", kTensors, " tensors and ", kScalars, " other arguments, got ",
              tensor_count, " and ", scalar_count);
      run(tensors, scalars, std::index_sequence_for<Arguments...>());
      return true;
    } catch (const std::exception& failure) {
      set_error(failure.what());
    } catch (...) {
      set_error("unknown C++ exception");
    }
    return false;
  }
};

constexpr std::pair<const char*, Entry> kEntries[] = {
#define KERNEL(name) {#name, Call<name>::entry},
#include "kernels.inc"
#undef KERNEL
};

}  // namespace

void* find(const char* name) {
  for (const auto& [known, entry] : kEntries)
    if (std::strcmp(known, name) == 0) return reinterpret_cast<void*>(entry);
  return nullptr;
}

}  // namespace VARIANT
