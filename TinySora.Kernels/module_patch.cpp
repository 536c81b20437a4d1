// Not a kernel: replaces TorchSharp's function of this name (see ModuleMemory in NativeLoading.cs) and creates a module without its boxed copy.

#include "api.h"

namespace {

using Create = void* (*)(const char* name, void* forward, void** boxed);

Create create;

}  // namespace

// Must be called first, with TorchSharp's own function.
API void ts_create_modules_by(Create function) { create = function; }

API void* THSNN_custom_module(const char* name, void* forward, void** boxed) {
  *boxed = nullptr;
  return create(name, forward, nullptr);
}
