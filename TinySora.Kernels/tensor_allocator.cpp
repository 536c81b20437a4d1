// Not a kernel: allocates libtorch's large tensors. In every step, the C library would return their pages to the system and get them back zeroed, and
// its heap would grow to twice the peak of live memory. Here, freed pages are kept (as huge pages if the system has them), and a tensor takes the
// best-fitting block. For Linux only, because libtorch's Windows package has an allocator (mimalloc) that does much the same.

#include "tensor_allocator.h"

#ifdef __linux__

#include <elf.h>
#include <link.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <cstdlib>
#include <iterator>
#include <map>
#include <mutex>
#include <set>
#include <string_view>
#include <unordered_map>

namespace {

// Smaller tensors are left to the C library, which handles them well.
constexpr size_t kLeast = 64 << 10;
constexpr size_t kPage = 4 << 10;
constexpr size_t kLargePage = 2 << 20;

size_t rounded(size_t bytes, size_t unit) { return (bytes + unit - 1) / unit * unit; }

// One range of addresses, in which [begin, top) is writable. The tables are never destroyed, because libtorch still frees tensors while the process exits.
std::mutex lock;
char *begin = nullptr, *top = nullptr, *end = nullptr;
auto& unused = *new std::map<char*, size_t>;  // by address; no two blocks are adjacent
auto& unused_by_size = *new std::set<std::pair<size_t, char*>>;
auto& used = *new std::unordered_map<char*, size_t>;
size_t bytes_in_use = 0;

void remove_unused(std::map<char*, size_t>::iterator block) {
  unused_by_size.erase({block->second, block->first});
  unused.erase(block);
}

// Merges a block with its neighbors.
void add_unused(char* start, size_t bytes) {
  const auto next = unused.lower_bound(start);
  if (next != unused.begin()) {
    const auto previous = std::prev(next);
    if (previous->first + previous->second == start) {
      start = previous->first;
      bytes += previous->second;
      remove_unused(previous);
    }
  }
  if (next != unused.end() && start + bytes == next->first) {
    bytes += next->second;
    remove_unused(next);
  }
  unused[start] = bytes;
  unused_by_size.insert({bytes, start});
}

// Extends the last unused block to this size. Returns false if the system is out of memory or the range is exhausted.
bool grow(size_t bytes) {
  const auto last = unused.empty() ? unused.end() : std::prev(unused.end());
  char* const start = last != unused.end() && last->first + last->second == top ? last->first : top;
  if (bytes > static_cast<size_t>(end - start)) return false;
  char* const more = start + bytes + (end - start - bytes) % kLargePage;
  if (mprotect(top, more - top, PROT_READ | PROT_WRITE) != 0) return false;
  add_unused(top, more - top);
  top = more;
  return true;
}

void* take(size_t bytes) {
  const std::lock_guard<std::mutex> guard(lock);
  auto found = unused_by_size.lower_bound({bytes, nullptr});
  if (found == unused_by_size.end()) {
    if (!grow(bytes)) return nullptr;
    found = unused_by_size.lower_bound({bytes, nullptr});
  }
  const auto [size, start] = *found;
  remove_unused(unused.find(start));
  if (size > bytes) add_unused(start + bytes, size - bytes);
  used[start] = bytes;
  bytes_in_use += bytes;
  return start;
}

void give(char* start) {
  const std::lock_guard<std::mutex> guard(lock);
  const auto block = used.find(start);
  bytes_in_use -= block->second;
  add_unused(start, block->second);
  used.erase(block);
}

int allocate(void** memory, size_t alignment, size_t bytes) {
  if (bytes >= kLeast && alignment <= kPage) {
    const int before = errno;
    if ((*memory = take(rounded(bytes, kPage)))) return 0;
    errno = before;
  }
  return posix_memalign(memory, alignment, bytes);
}

void release(void* memory) {
  char* const start = static_cast<char*>(memory);
  if (start >= begin && start < end)
    give(start);
  else
    std::free(memory);
}

bool is_within(const dl_phdr_info& library, const char* address) {
  for (int i = 0; i < library.dlpi_phnum; i++) {
    const auto& part = library.dlpi_phdr[i];
    const auto start = reinterpret_cast<const char*>(library.dlpi_addr + part.p_vaddr);
    if (part.p_type == PT_LOAD && address >= start && address < start + part.p_memsz) return true;
  }
  return false;
}

// Redirects a library's calls to a C library function to `to`, in the table of addresses that the loader has filled or in the lazy-binding table of the
// library. An address other than `from` belongs to a second copy of this file, whose tensors this copy cannot free.
void lead(const dl_phdr_info& library, std::string_view function, void* from, void* to) {
  const auto at = [&](uint64_t address) { return reinterpret_cast<char*>(address < library.dlpi_addr ? library.dlpi_addr + address : address); };
  const ElfW(Dyn)* entry = nullptr;
  for (int i = 0; i < library.dlpi_phnum; i++)
    if (library.dlpi_phdr[i].p_type == PT_DYNAMIC) entry = reinterpret_cast<const ElfW(Dyn)*>(library.dlpi_addr + library.dlpi_phdr[i].p_vaddr);
  std::map<int64_t, uint64_t> values;
  for (; entry && entry->d_tag != DT_NULL; entry++) values[entry->d_tag] = entry->d_un.d_val;
  const auto symbols = reinterpret_cast<const ElfW(Sym)*>(at(values[DT_SYMTAB]));
  const char* const names = at(values[DT_STRTAB]);
  for (const auto& [table, length] : {std::pair{DT_RELA, DT_RELASZ}, std::pair{DT_JMPREL, DT_PLTRELSZ}}) {
    const auto first = reinterpret_cast<const ElfW(Rela)*>(at(values[table]));
    for (auto place = first; place < first + values[length] / sizeof *first; place++) {
      const auto kind = ELF64_R_TYPE(place->r_info);
      if ((kind != R_X86_64_JUMP_SLOT && kind != R_X86_64_GLOB_DAT) || names + symbols[ELF64_R_SYM(place->r_info)].st_name != function) continue;
      const auto slot = reinterpret_cast<void**>(library.dlpi_addr + place->r_offset);
      if (*slot != from && !is_within(library, static_cast<char*>(*slot))) continue;
      // The loader may have protected the page. It remains writable, because adjacent data may have been writable before.
      void* const page = reinterpret_cast<void*>(reinterpret_cast<uintptr_t>(slot) / kPage * kPage);
      if (mprotect(page, kPage, PROT_READ | PROT_WRITE) == 0) *slot = to;
    }
  }
}

int lead_if_it_allocates(dl_phdr_info* library, size_t, void*) {
  const std::string_view path = library->dlpi_name, name = "/libc10.so";
  if (path.size() < name.size() || path.substr(path.size() - name.size()) != name) return 0;
  // This is redirected first, because memory allocated here may be freed immediately afterwards.
  lead(*library, "free", reinterpret_cast<void*>(std::free), reinterpret_cast<void*>(release));
  lead(*library, "posix_memalign", reinterpret_cast<void*>(posix_memalign), reinterpret_cast<void*>(allocate));
  return 1;
}

}  // namespace

void keep_tensor_pages() {
  const std::lock_guard<std::mutex> guard(lock);
  if (begin) return;
  const size_t bytes = rounded(2 * static_cast<size_t>(sysconf(_SC_PHYS_PAGES)) * sysconf(_SC_PAGESIZE), kLargePage);
  void* const stretch = mmap(nullptr, bytes, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (stretch == MAP_FAILED) return;  // if the address space is limited, the C library allocates
  madvise(stretch, bytes, MADV_HUGEPAGE);
  begin = top = static_cast<char*>(stretch);
  end = begin + bytes;
  dl_iterate_phdr(lead_if_it_allocates, nullptr);
}

void release_tensor_pages() {
  const std::lock_guard<std::mutex> guard(lock);
  for (const auto& [start, bytes] : unused) madvise(start, bytes, MADV_DONTNEED);
}

size_t tensor_bytes() {
  const std::lock_guard<std::mutex> guard(lock);
  return bytes_in_use;
}

#else

void keep_tensor_pages() {}
void release_tensor_pages() {}
size_t tensor_bytes() { return 0; }

#endif
