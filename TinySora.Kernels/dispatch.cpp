// Code shared by all variants: the selection of a variant for this processor, threads, and memory. It is compiled for any processor.

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

#include <cpuid.h>

#ifdef _WIN32
#include <malloc.h>
#else
#include <sys/syscall.h>
#include <unistd.h>
#endif

ThreadTeam team;
thread_local bool runs_alone = false;

// Returns a kernel by name. Defined in kernel_table.cpp, which is compiled for each class.
namespace avx2 { void* find(const char* name); }
namespace avx512 { void* find(const char* name); }
namespace avx512_bf16 { void* find(const char* name); }
namespace amx { void* find(const char* name); }

namespace {

thread_local std::string last_error;

struct Variant {
  const char* name;
  void* (*find)(const char* name);
};

// Kernels that multiply pairs of bfloat16 values on AMX tiles, and the other kernels for AVX-512 with bfloat16.
void* find_for_amx(const char* name) {
  void* const found = amx::find(name);
  return found ? found : avx512_bf16::find(name);
}

// Whether the processor has AMX for bfloat16, and the operating system saves its registers and permits their use. The processor must have AVX.
bool can_use_amx() {
  constexpr unsigned has_bf16 = 1 << 22, has_tiles = 1 << 24, saves_tiles = 3 << 17;
  unsigned eax, ebx, ecx, edx, saved, more;
  if (!__get_cpuid_count(7, 0, &eax, &ebx, &ecx, &edx) || (edx & has_bf16) == 0 || (edx & has_tiles) == 0) return false;
  asm("xgetbv" : "=a"(saved), "=d"(more) : "c"(0));
  if ((saved & saves_tiles) != saves_tiles) return false;
#ifdef _WIN32
  return true;
#else
  constexpr int request = 0x1023, tiles = 18;  // ARCH_REQ_XCOMP_PERM and XFEATURE_XTILEDATA, for the whole process
  return syscall(SYS_arch_prctl, request, tiles) == 0;
#endif
}

// Returns the highest class, up to the requested one, that the processor supports. If there is none, returns null and sets last_error.
// compile.sh lists the instructions in each class. AMX is used only if it is requested, because it was never tested on a real processor.
const Variant* chosen(const char* most) {
  static const Variant tiles = {"amx", find_for_amx}, all[] = {{"avx512-bf16", avx512_bf16::find}, {"avx512", avx512::find}, {"avx2", avx2::find}};
  const bool has_avx2 = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
  const bool has_avx512 = has_avx2 && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512vl") &&
                          __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512cd");
  const bool has[] = {has_avx512 && __builtin_cpu_supports("avx512bf16"), has_avx512, has_avx2};
  const std::string limit = most ? most : "";
  if (limit == tiles.name) {
    if (has[0] && can_use_amx()) return &tiles;
    last_error = "TINYSORA_KERNELS is 'amx', but this processor or operating system does not support AMX";
    return nullptr;
  }
  bool is_allowed = limit.empty();
  for (int i = 0; i < 3; i++) {
    is_allowed = is_allowed || limit == all[i].name;
    if (is_allowed && has[i]) return &all[i];
  }
  last_error = is_allowed ? "this processor does not support AVX2"
                          : "TINYSORA_KERNELS is '" + limit + "', but must be avx2, avx512, avx512-bf16, amx or none";
  return nullptr;
}

const Variant* variant = nullptr;

// GOMP_parallel, which both GCC's and LLVM's OpenMP provide on Linux and macOS.
void (*gomp_parallel)(void (*)(void*), void*, unsigned, unsigned);
void start_gomp(void (*body)(void*), void* argument, unsigned threads) { gomp_parallel(body, argument, threads, 0); }

// Intel's OpenMP on Windows provides only this function. It requires a source location, and passes the indices of the thread to the body.
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

// Unused blocks, by size. There are as many blocks as a kernel uses simultaneously, and each of them grows to the largest request.
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

// Returns unused kernel and tensor memory to the system.
API void ts_release() {
  release_tensor_pages();
  std::lock_guard<std::mutex> guard(lock);
  for (const auto& [size, memory] : unused) free_memory(memory);
  unused.clear();
}

// Returns the number of bytes of tensors in pages that the process keeps (tensor_allocator.cpp).
API int64_t ts_tensor_bytes() { return tensor_bytes(); }

// Returns the error message of the kernel that failed last on this thread.
API const char* ts_error() { return last_error.c_str(); }

// Selects the kernels; must be called first. `most` is the highest class to use, or null for no limit. `find` returns the address of a function in
// libtorch's OpenMP, or null. Returns the name of the selected class, or null if the processor supports none.
API const char* ts_open(const char* most, void* (*find)(const char* name)) {
  const auto to = [find](auto& function, const char* name) {
    function = reinterpret_cast<std::remove_reference_t<decltype(function)>>(find(name));
    return function != nullptr;
  };
  if (!to(team.most, "omp_get_max_threads") || !to(team.is_in_parallel, "omp_in_parallel") || !to(team.number, "omp_get_thread_num") ||
      !to(team.size, "omp_get_num_threads")) {
    last_error = "libtorch's OpenMP lacks standard functions";
    return nullptr;
  }
  if (to(gomp_parallel, "GOMP_parallel"))
    team.start = start_gomp;
  else if (to(kmpc_fork, "__kmpc_fork_call") && to(kmpc_push, "__kmpc_push_num_threads") && to(kmpc_thread, "__kmpc_global_thread_num"))
    team.start = start_kmpc;
  else {
    last_error = "libtorch's OpenMP is neither GCC's nor LLVM's";
    return nullptr;
  }
  keep_tensor_pages();
  const Variant* found = chosen(most);
  if (!found) return nullptr;
  variant = found;
  return variant->name;
}

// Returns a kernel by name (kernel_table.cpp), or null.
API void* ts_kernel(const char* name) { return variant->find(name); }
