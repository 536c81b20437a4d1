// Tensors in the form that .NET passes: memory and layout of a libtorch tensor. TinySora.Engine/Compute/Native/KernelLibrary.cs has the same structure.
//
// Everything here is compiled once for each class of processors (compile.sh), in a separate namespace, so that no function
// shared between classes contains instructions that one of them lacks.

#pragma once

#include <cstdint>
#include <cstring>
#include <initializer_list>
#include <sstream>
#include <stdexcept>
#include <string>
#include <type_traits>

namespace VARIANT {

// The upper half of a float.
struct BFloat16 {
  uint16_t bits;

  BFloat16() = default;
  // Rounds to nearest, ties to even.
  explicit BFloat16(float value) {
    uint32_t all;
    std::memcpy(&all, &value, sizeof all);
    bits = value != value ? 0x7fc0 : (all + 0x7fff + ((all >> 16) & 1)) >> 16;
  }
  operator float() const {
    const uint32_t all = uint32_t(bits) << 16;
    float value;
    std::memcpy(&value, &all, sizeof value);
    return value;
  }
};

// Values of torch.ScalarType.
enum class Type : int32_t { Int64 = 4, Float32 = 6, Bool = 11, BFloat16 = 15 };

template <typename T>
constexpr Type type_of() {
  using Plain = std::remove_const_t<T>;
  if constexpr (std::is_same_v<Plain, float>) return Type::Float32;
  if constexpr (std::is_same_v<Plain, BFloat16>) return Type::BFloat16;
  if constexpr (std::is_same_v<Plain, int64_t>) return Type::Int64;
  if constexpr (std::is_same_v<Plain, bool>) return Type::Bool;
}

[[noreturn]] inline void refuse(const std::string& message) { throw std::invalid_argument(message); }

template <typename... Parts>
void require(bool holds, const Parts&... parts) {
  if (holds) return;
  std::ostringstream message;
  (message << ... << parts);
  refuse(message.str());
}

constexpr int kMostDimensions = 6;

// An absent tensor has no dimensions and no memory.
struct Tensor {
  void* data;
  Type type;
  int32_t dimensions;
  int64_t sizes[kMostDimensions], strides[kMostDimensions];  // strides in elements

  bool is_given() const { return data != nullptr; }
  int64_t size(int64_t axis) const { return sizes[axis < 0 ? dimensions + axis : axis]; }
  int64_t stride(int64_t axis) const { return strides[axis < 0 ? dimensions + axis : axis]; }
  int64_t count() const {
    int64_t all = 1;
    for (int i = 0; i < dimensions; i++) all *= sizes[i];
    return all;
  }

  template <typename T>
  T* data_of() const {
    require(type == type_of<T>(), "expects type ", int32_t(type_of<T>()), ", got ", int32_t(type));
    return static_cast<T*>(data);
  }
};

inline float* floats(const Tensor& t) { return t.data_of<float>(); }

// Calls a function with a value of the tensor's element type.
template <typename Body>
void by_type(const Tensor& x, Body body) {
  if (x.type == Type::BFloat16)
    body(BFloat16());
  else {
    require(x.type == Type::Float32, "expects float32 or bfloat16, got type ", int32_t(x.type));
    body(float());
  }
}

}  // namespace VARIANT
