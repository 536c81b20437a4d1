// Memory of large tensors. The C library hands it back to the system at once, and gets it anew, page by page and zeroed, for the
// next tensor: a sixth of a training step. Here it is kept, in huge pages where the system has them, and given out again.

#include <chrono>
#include <cstring>
#include <iterator>
#include <map>
#include <mutex>
#include <set>
#include <utility>

#include <c10/core/Allocator.h>
#include <c10/core/CPUAllocator.h>

#include "shim.h"

#ifdef _WIN32
#define NOMINMAX
#include <windows.h>
#else
#include <sys/mman.h>
#include <unistd.h>
#endif

namespace {

constexpr size_t kReserved = size_t(1) << 40;  // addresses, not memory
constexpr size_t kLarge = size_t(1) << 18;     // smaller tensors stay with libtorch's own allocator
constexpr size_t kPage = 4096, kHugePage = size_t(1) << 21;
constexpr std::chrono::seconds kPatience(10);

// The system's part: addresses, pages behind them, and no pages any more.
#ifdef _WIN32
void* reserve(size_t bytes) { return VirtualAlloc(nullptr, bytes, MEM_RESERVE, PAGE_READWRITE); }
bool commit(void* start, size_t bytes) { return VirtualAlloc(start, bytes, MEM_COMMIT, PAGE_READWRITE); }
void decommit(void* start, size_t bytes) { VirtualFree(start, bytes, MEM_DECOMMIT); }
size_t physical_memory() {
  MEMORYSTATUSEX status{sizeof status};
  return GlobalMemoryStatusEx(&status) ? status.ullTotalPhys : 0;
}
#else
void* reserve(size_t bytes) {
  void* start = mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (start == MAP_FAILED) return nullptr;
  madvise(start, bytes, MADV_HUGEPAGE);
  return start;
}
bool commit(void*, size_t) { return true; }  // a page comes into being when it is first touched
void decommit(void* start, size_t bytes) { madvise(start, bytes, MADV_DONTNEED); }
size_t physical_memory() { return size_t(sysconf(_SC_PHYS_PAGES)) * sysconf(_SC_PAGESIZE); }
#endif

// Blocks in one range of addresses: a new one is cut from the smallest free block that holds it, free neighbours become one.
class Memory final : public c10::Allocator {
 public:
  Memory() : usual(c10::GetCPUAllocator()) {
    base = static_cast<char*>(reserve(kReserved));
    if (base) add_free(0, kReserved);  // where addresses are limited, all tensors stay with the usual one
  }

  // libtorch made this one not const in 2.3, and copy_data a duty in 2.2: whatever version this is, it finds its own.
  c10::DataPtr allocate(size_t bytes) { return std::as_const(*this).allocate(bytes); }
  c10::DataPtr allocate(size_t bytes) const {
    if (base && bytes >= kLarge)
      if (void* data = take((bytes + kPage - 1) / kPage * kPage))
        return {data, data, raw_deleter(), c10::Device(c10::DeviceType::CPU)};
    return usual->allocate(bytes);
  }
  void copy_data(void* to, const void* from, size_t bytes) const { std::memcpy(to, from, bytes); }

  c10::DeleterFnPtr raw_deleter() const override {
    return [](void* data) { instance().give(data); };
  }

  static const Memory& instance() {
    static const Memory* const memory = new Memory;  // never destroyed: there are tensors until the very end
    return *memory;
  }

  void release() const {
    std::lock_guard<std::mutex> guard(lock);
    give_back();
  }

 private:
  // Null when that is more than the machine has: the usual allocator then refuses it as it always did.
  void* take(size_t bytes) const {
    std::lock_guard<std::mutex> guard(lock);
    const auto smallest = by_size.lower_bound({bytes, 0});
    if (smallest == by_size.end() || in_use + bytes > physical) return nullptr;
    const auto [size, offset] = *smallest;
    if (!commit(base + offset, bytes)) return nullptr;
    remove_free(offset, size);
    if (size > bytes) add_free(offset + bytes, size - bytes);
    used[offset] = bytes;
    in_use += bytes;
    end = std::max(end, (offset + bytes + kHugePage - 1) / kHugePage * kHugePage);
    return base + offset;
  }

  void give(void* data) const {
    const size_t offset = static_cast<char*>(data) - base;
    if (offset >= kReserved) return usual->raw_deleter()(data);
    std::lock_guard<std::mutex> guard(lock);
    const auto block = used.find(offset);
    size_t first = offset, size = block->second;
    used.erase(block);
    in_use -= size;
    const auto next = by_offset.lower_bound(offset);
    if (next != by_offset.begin()) {
      const auto [before, length] = *std::prev(next);
      if (before + length == offset) {
        first = before;
        size += length;
        remove_free(before, length);
      }
    }
    if (const auto after = by_offset.find(first + size); after != by_offset.end()) {
      const auto [behind, length] = *after;
      size += length;
      remove_free(behind, length);
    }
    add_free(first, size);
    // When most is free, as after training, the system gets its pages back; seldom, so that a step never waits for them.
    if (in_use < end / 4 && std::chrono::steady_clock::now() - released > kPatience) give_back();
  }

  void give_back() const {
    released = std::chrono::steady_clock::now();
    for (const auto& [offset, size] : by_offset)
      if (offset < end) decommit(base + offset, std::min(size, end - offset));
    end = used.empty() ? 0 : (used.rbegin()->first + used.rbegin()->second + kHugePage - 1) / kHugePage * kHugePage;
  }

  void add_free(size_t offset, size_t size) const {
    by_offset[offset] = size;
    by_size.insert({size, offset});
  }

  void remove_free(size_t offset, size_t size) const {
    by_offset.erase(offset);
    by_size.erase({size, offset});
  }

  c10::Allocator* const usual;
  const size_t physical = physical_memory();
  char* base = nullptr;
  mutable std::mutex lock;
  mutable std::map<size_t, size_t> used, by_offset;         // offset: size; blocks in use, and free ones
  mutable std::set<std::pair<size_t, size_t>> by_size;      // the free ones again
  mutable size_t in_use = 0, end = 0;                       // bytes; behind the last page that was touched
  mutable std::chrono::steady_clock::time_point released{};
};

}  // namespace

// From now on tensors get such memory; those that are there keep what they have.
API void ts_memory_keep() { c10::SetCPUAllocator(const_cast<Memory*>(&Memory::instance())); }

// Returns to the system what no tensor uses.
API void ts_memory_release() { Memory::instance().release(); }
