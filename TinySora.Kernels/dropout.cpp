// Dropout without a mask in memory.

#include "dropout.h"
#include "kernels.h"

namespace VARIANT {
namespace {

constexpr int64_t kLength = 1024;  // values per row

}  // namespace

void dropout(const Tensor& x, const Tensor& out, double share, int64_t seed, int64_t before) {
  require(share >= 0 && share < 1, "expects a share in [0, 1), got ", share);
  const Dropout dropout(share, seed, before / kLength);
  const int64_t first = before % kLength, last = first + x.count();  // positions counted from the start of the first row
  by_type(x, [&](auto type) {
    using T = decltype(type);
    const T* const from = x.data_of<T>();
    T* const to = out.data_of<T>();
    parallel_for(0, (last + kLength - 1) / kLength, 16, [&](int64_t begin, int64_t end) {
      for (int64_t row = begin; row < end; row++) {
        const uint64_t key = dropout.key(row);
        const int64_t stop = std::min((row + 1) * kLength, last);
        for (int64_t i = std::max(row * kLength, first); i < stop; i += kVector)
          store_some(to + i - first, load_some(from + i - first, stop - i) * dropout.factors(key, i - row * kLength), stop - i);
      }
    });
  });
}

}  // namespace VARIANT
