// What there is once: which of the compiled classes serves on this processor, the threads, and the memory. Compiled for any processor.

#include <cstdint>
#include <cstdlib>
#include <iterator>
#include <map>
#include <mutex>
#include <new>
#include <string>

#include "api.h"
#include "workspace.h"
#include "parallel.h"
#include "tensor_allocator.h"

#ifdef _WIN32
#include <malloc.h>
#endif

ThreadTeam team;

// entries.cpp, compiled for each class: the kernel of a name.
namespace avx2 { void* find(const char* name); }
namespace avx512 { void* find(const char* name); }
namespace avx512_bf16 { void* find(const char* name); }

namespace {

thread_local std::string last_error;

struct Variant {
  const char* name;
  void* (*find)(const char* name);
};

// The instructions of each class are those of compile.sh. The first that the processor has, unless less is asked for; null with last_error.
const Variant* chosen(const char* most) {
  static const Variant all[] = {{"avx512-bf16", avx512_bf16::find}, {"avx512", avx512::find}, {"avx2", avx2::find}};
  const bool has_avx2 = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
  const bool has_avx512 = has_avx2 && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512vl") &&
                          __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512cd");
  const bool has[] = {has_avx512 && __builtin_cpu_supports("avx512bf16"), has_avx512, has_avx2};
  bool is_allowed = !most || !*most;
  for (int i = 0; i < 3; i++) {
    is_allowed = is_allowed || std::string(most) == all[i].name;
    if (is_allowed && has[i]) return &all[i];
  }
  last_error = is_allowed ? "this processor has no AVX2"
                          : "the variable TINYSORA_KERNELS is '" + std::string(most) + "', where there are avx2, avx512, avx512-bf16 and none";
  return nullptr;
}

const Variant* variant = nullptr;

// GCC's and LLVM's OpenMP both have this one, on Linux and macOS.
void (*gomp_parallel)(void (*)(void*), void*, unsigned, unsigned);
void start_gomp(void (*body)(void*), void* argument, unsigned threads) { gomp_parallel(body, argument, threads, 0); }

// Intel's on Windows has its own alone; it wants a place in the source, and calls with the numbers of the thread.
void (*kmpc_fork)(void* place, int32_t arguments, void (*body)(int32_t*, int32_t*, void (*)(void*), void*), ...);
void (*kmpc_push)(void* place, int32_t thread, int32_t threads);
int32_t (*kmpc_thread)(void* place);
struct Place {
  int32_t reserved, flags, more[2];
  const char* source;
} place = {0, 2, {0, 0}, ";unknown;unknown;0;0;;"};
void start_kmpc(void (*body)(void*), void* argument, unsigned threads) {
  kmpc_push(&place, kmpc_thread(&place), threads);
  kmpc_fork(&place, 2, [](int32_t*, int32_t*, void (*run)(void*), void* with) { run(with); }, body, argument);
}

// Blocks that no kernel uses now, by size. There are as many as one kernel uses at a time, and each grows to the largest that was asked of it.
std::mutex lock;
std::multimap<size_t, void*> unused;
constexpr size_t kLine = 64;

void free_memory(void* memory) {
#ifdef _WIN32
  _aligned_free(memory);
#else
  std::free(memory);
#endif
}

}  // namespace

void* take_memory(size_t bytes, size_t* taken) {
  void* too_small = nullptr;
  {
    std::lock_guard<std::mutex> guard(lock);
    auto found = unused.lower_bound(bytes);
    const bool is_enough = found != unused.end();
    if (!is_enough && !unused.empty()) found = std::prev(found);
    if (found != unused.end()) {
      const auto [size, memory] = *found;
      unused.erase(found);
      if (is_enough) {
        *taken = size;
        return memory;
      }
      too_small = memory;
    }
  }
  free_memory(too_small);
  *taken = (bytes + kLine - 1) / kLine * kLine + kLine;
#ifdef _WIN32
  void* const memory = _aligned_malloc(*taken, kLine);
#else
  void* const memory = std::aligned_alloc(kLine, *taken);
#endif
  if (!memory) throw std::bad_alloc();
  return memory;
}

void give_memory(void* memory, size_t taken) {
  std::lock_guard<std::mutex> guard(lock);
  unused.insert({taken, memory});
}

void set_error(const char* message) { last_error = message; }

// Returns to the system the memory that no kernel and no tensor uses.
API void ts_release() {
  release_tensor_pages();
  std::lock_guard<std::mutex> guard(lock);
  for (const auto& [size, memory] : unused) free_memory(memory);
  unused.clear();
}

// Bytes of the tensors whose pages stay (tensor_memory.cpp).
API int64_t ts_tensor_bytes() { return tensor_bytes(); }

// What the last kernel that failed on this thread had to say.
API const char* ts_error() { return last_error.c_str(); }

// Chooses the kernels: to be called first. `most` names the class to use at most, or is null. Returns the name of the class, or null where the
// processor has none of them. `find` gives the address of a function of the OpenMP that libtorch has loaded, or null.
API const char* ts_open(const char* most, void* (*find)(const char* name)) {
  const auto to = [find](auto& function, const char* name) {
    function = reinterpret_cast<std::remove_reference_t<decltype(function)>>(find(name));
    return function != nullptr;
  };
  if (!to(team.most, "omp_get_max_threads") || !to(team.is_in_parallel, "omp_in_parallel") || !to(team.number, "omp_get_thread_num") ||
      !to(team.size, "omp_get_num_threads")) {
    last_error = "the OpenMP that libtorch uses lacks functions of the standard";
    return nullptr;
  }
  if (to(gomp_parallel, "GOMP_parallel"))
    team.start = start_gomp;
  else if (to(kmpc_fork, "__kmpc_fork_call") && to(kmpc_push, "__kmpc_push_num_threads") && to(kmpc_thread, "__kmpc_global_thread_num"))
    team.start = start_kmpc;
  else {
    last_error = "the OpenMP that libtorch uses is neither GCC's nor LLVM's";
    return nullptr;
  }
  keep_tensor_pages();
  const Variant* found = chosen(most);
  if (!found) return nullptr;
  variant = found;
  return variant->name;
}

// The kernel of a name (entries.cpp), or null.
API void* ts_kernel(const char* name) { return variant->find(name); }
