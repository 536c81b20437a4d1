// Convolutions with 3 x 3 and 2 x 2 taps, forward and backward, by minimal filtering F(4 x 4, 3 x 3) and F(4 x 4, 2 x 2) (Lavin and Gray
// 2015). A tile of 4 x 4 results takes 36 or 25 products per pair of channels instead of 144 or 64. Operands remain in a core's cache, and every sum has
// a fixed order for any number of threads. oneDNN has this algorithm only for AVX-512 and for blocks of channels.

#include "kernels.h"
#include "workspace.h"
#include "gemm.h"
#include "winograd_tiles.h"

namespace VARIANT {
namespace {

// Bytes of patches per block of a core, number of channels of taps that are processed at a time, and bytes of patches whose gradients are summed at a time.
constexpr int64_t kBlockBytes = 300 << 10, kChunk = 128, kGroupBytes = 3 << 19;
// Maximum number of tiles for which the weight gradients are completed for a few outputs at a time.
constexpr int64_t kFewTiles = 64;

// Computes the right matrices (inputs, kPanel), padded with zeros, for some of the inputs and for the outputs starting with a given one. In the backward
// pass, inputs and outputs are exchanged.
template <int Taps, bool IsBackward>
void transform_taps(const Tensor& weight, int64_t output, int64_t first, int64_t number, float* to, const Matrices<Taps>& matrices) {
  constexpr int64_t patch = kPatch<Taps>, all = Taps * Taps;
  const float* const taps = floats(weight);
  const int64_t rows = weight.size(0), columns = weight.size(1);
  const auto at = [&](int64_t row, int64_t tap, int64_t column) { return load_some(taps + (row * all + tap) * columns + column, columns - column); };
  const auto put = [&](int64_t input, int64_t column) {
    return [=](int y, int x, Vector value) { store(to + (y * patch + x) * matrices.each + input * matrices.apart + column, value); };
  };
  if constexpr (IsBackward) {
    for (int64_t i = 0; i < number; i++)
      for (int64_t c = 0; c < kPanel; c += kVector)
        transform<Taps, patch>([&](int y, int x) { return at(first + i, all - 1 - (y * Taps + x), output + c); }, put(i, c));
  } else {
    for (int64_t i = 0; i < number; i += kVector)
      for (int64_t c = 0; c < kPanel; c += kVector) {
        Vector turned[all][kVector];
        for (int tap = 0; tap < all; tap++) {
          for (int64_t j = 0; j < kVector; j++) {
            const int64_t row = output + c + j;
            turned[tap][j] = row < rows ? at(row, tap, first + i) : Vector{};
            // There are too many streams for the hardware prefetcher.
            __builtin_prefetch(taps + (row * all + tap) * columns + first + i + kVector, 0, 2);
          }
          transpose(turned[tap]);
        }
        const int64_t last = std::min(kVector, number - i);
        for (int64_t j = 0; j < last; j++) transform<Taps, patch>([&](int y, int x) { return turned[y * Taps + x][j]; }, put(i + j, c));
      }
  }
}

// Buffers of equal size, one for each thread.
struct PartsOfThreads {
  const int64_t size;
  const Buffer all;

  explicit PartsOfThreads(int64_t size) : size(size), all(thread_count() * size) {}
  float* own() const { return all.data() + thread_number() * size; }
};

// The convolution or, with reversed taps and exchanged channels, its gradient with respect to the input.
template <int Taps, bool IsBackward>
void convolve(const Tensor& x, const Tensor& weight, const float* bias, const Tensor& out, int64_t padding) {
  constexpr int64_t products_of_tile = kProducts<Taps>;
  const auto tiles = Tiles<Taps>::of_results(x, padding);
  const int64_t inputs = x.size(3), outputs = weight.size(IsBackward ? 1 : 0), panels = whole(outputs, kPanel) / kPanel;
  require(out.count() == x.size(0) * tiles.height * tiles.width * outputs, "expects a result with room for ", tiles.height, " x ", tiles.width, " pixels");

  const int64_t block = std::min(tiles.count, std::max<int64_t>(12, kBlockBytes / (products_of_tile * 4 * inputs) / 12 * 12));
  const int64_t blocks = (tiles.count + block - 1) / block;
  const Matrices<Taps> patches(block, inputs);
  const auto multiply = [&](int64_t rows, int64_t number, const float* left, const float* right, const Matrices<Taps>& of_taps, float* to, int64_t panel,
                            int64_t length, bool adds) {
    for (int p = 0; p < products_of_tile; p++)
      product<false>(rows, number, left + p * patches.each, patches.apart, right + p * of_taps.each, kPanel, of_taps.size(), to + p * kPanel,
                     products_of_tile * kPanel, panel, length, adds);
  };
  // Processes as many panels of outputs at a time as fit into a tile of products, except for the last ones.
  const auto number_from = [&](int64_t p) { return std::min<int64_t>(kTilePanels, panels - p); };

  by_type(x, [&](auto type) {
    using T = decltype(type);
    const std::vector<T> zeros(inputs, T(0));
    const T* const outside = zeros.data();
    T* const to = out.data_of<T>();
    if (outputs <= tiles.count) {
      // If there are many tiles, transforms all taps first, and then processes the tiles in blocks.
      const auto of_taps = Matrices<Taps>::panel(inputs);
      const Buffer all_taps(panels * of_taps.size());
      parallel_for(0, panels, 1, [&](int64_t begin, int64_t end) {
        for (int64_t p = begin; p < end; p++)
          transform_taps<Taps, IsBackward>(weight, p * kPanel, 0, inputs, all_taps.data() + p * of_taps.size(), of_taps);
      });
      const int64_t panel = block * products_of_tile * kPanel;
      const PartsOfThreads buffers(patches.size() + kTilePanels * panel);
      parallel_for(0, tiles.count, block, [&](int64_t begin, int64_t end) {
        float *const left = buffers.own(), *const products = left + patches.size();
        for (int64_t first = begin; first < end; first += block) {
          const int64_t number = std::min(block, end - first);
          tiles.template transform_in<kPatch<Taps>>(x, padding, outside, first, number, left, patches);
          for (int64_t p = 0; p < panels; p += kTilePanels) {
            multiply(number, number_from(p), left, all_taps.data() + p * of_taps.size(), of_taps, products, panel, inputs, false);
            for (int64_t n = 0; n < number_from(p); n++)
              tiles.transform_out(products + n * panel, bias, first, number, to, outputs, (p + n) * kPanel);
          }
        }
      });
    } else {
      // If there are many weights, transforms all tiles first, and then processes the outputs in panels. Transformed taps take four times the
      // memory of the weights, and remain in the cache.
      const Buffer all_patches(blocks * patches.size());
      parallel_for(0, tiles.count, 4, [&](int64_t begin, int64_t end) {
        for (int64_t t = begin; t < end; t++)
          tiles.template transform_in<kPatch<Taps>>(
              x, padding, outside, t, 1, all_patches.data() + t / block * patches.size() + t % block * patches.apart, patches);
      });
      const auto of_taps = Matrices<Taps>::panel(std::min(inputs, kChunk));
      const int64_t panel = tiles.count * products_of_tile * kPanel;
      const PartsOfThreads buffers(kTilePanels * (of_taps.size() + panel));
      parallel_for(0, (panels + kTilePanels - 1) / kTilePanels, 1, [&](int64_t begin, int64_t end) {
        float *const right = buffers.own(), *const products = right + kTilePanels * of_taps.size();
        for (int64_t p = begin * kTilePanels; p < std::min(end * kTilePanels, panels); p += kTilePanels) {
          for (int64_t first = 0; first < inputs; first += kChunk) {
            const int64_t length = std::min(kChunk, inputs - first);
            for (int64_t n = 0; n < number_from(p); n++)
              transform_taps<Taps, IsBackward>(weight, (p + n) * kPanel, first, length, right + n * of_taps.size(), of_taps);
            for (int64_t b = 0; b < blocks; b++)
              multiply(std::min(block, tiles.count - b * block), number_from(p), all_patches.data() + b * patches.size() + first, right, of_taps,
                       products + b * block * products_of_tile * kPanel, panel, length, first > 0);
          }
          for (int64_t n = 0; n < number_from(p); n++)
            tiles.transform_out(products + n * panel, bias, 0, tiles.count, to, outputs, (p + n) * kPanel);
        }
      });
    }
  });
}

// Gradients of the weight and the bias.
template <int Taps>
void weight_gradient(const Tensor& x, const Tensor& by, const Tensor& to, float* to_bias, int64_t padding) {
  constexpr int64_t patch = kPatch<Taps>, products_of_tile = kProducts<Taps>, all = Taps * Taps;
  const Tiles<Taps> tiles(by);
  const int64_t inputs = x.size(3), outputs = by.size(3);
  const bool are_few = tiles.count <= kFewTiles;
  const int64_t group = are_few ? tiles.count : std::min(tiles.count, std::max<int64_t>(48, kGroupBytes / (products_of_tile * 4 * (inputs + outputs))));
  constexpr int64_t part = 8;

  const Matrices<Taps> patches(group, inputs), changes(group, outputs), gradients(are_few ? kPanel : outputs, inputs);
  const Buffer of_patches(patches.size()), of_changes(changes.size());
  const PartsOfThreads buffers(gradients.size());
  std::vector<float> sums((group + part - 1) / part * outputs, 0.0f);

  const auto multiply = [&](int64_t p, int64_t output, int64_t number, int64_t length, float* gradient, bool adds) {
    product<true>(number, whole(inputs, kPanel) / kPanel, of_changes.data() + p * changes.each + output, changes.apart, of_patches.data() + p * patches.each,
                  patches.apart, kPanel, gradient + p * gradients.each, gradients.apart, kPanel, length, adds);
  };
  const auto deliver = [&](const float* gradient, int64_t output) {
    float* const taps = floats(to) + output * all * inputs;
    for (int64_t i = 0; i < inputs; i += kVector)
      transform<patch, Taps>([&](int y, int x) { return load(gradient + (y * patch + x) * gradients.each + i); },
                             [&](int y, int x, Vector value) { store_some(taps + (y * Taps + x) * inputs + i, value, inputs - i); });
  };

  for (int64_t first = 0; first < tiles.count; first += group) {
    const int64_t length = std::min(group, tiles.count - first);
    by_type(x, [&](auto type) {
      using T = decltype(type);
      const std::vector<T> zeros(std::max(inputs, outputs), T(0));
      const T* const outside = zeros.data();
      parallel_for(0, (length + part - 1) / part, 1, [&](int64_t begin, int64_t end) {
        for (int64_t n = begin; n < end; n++) {
          const int64_t t = n * part, number = std::min(part, length - t);
          tiles.template transform_in<patch>(x, padding, outside, first + t, number, of_patches.data() + t * patches.apart, patches);
          tiles.template transform_in<kSide>(by, 0, outside, first + t, number, of_changes.data() + t * changes.apart, changes,
                                    &sums[n * outputs]);
        }
      });
    });
    if (are_few)
      parallel_for(0, whole(outputs, kPanel) / kPanel, 1, [&](int64_t begin, int64_t end) {
        float* const gradient = buffers.own();
        for (int64_t o = begin * kPanel; o < std::min(end * kPanel, outputs); o += kPanel) {
          const int64_t number = std::min(kPanel, outputs - o);
          for (int64_t p = 0; p < products_of_tile; p++) multiply(p, o, number, length, gradient, false);
          for (int64_t r = 0; r < number; r++) deliver(gradient + r * gradients.apart, o + r);
        }
      });
    else
      parallel_for(0, products_of_tile, 1, [&](int64_t begin, int64_t end) {
        for (int64_t p = begin; p < end; p++) multiply(p, 0, outputs, length, buffers.all.data(), first > 0);
      });
  }
  if (!are_few)
    parallel_for(0, outputs, 4, [&](int64_t begin, int64_t end) {
      for (int64_t o = begin; o < end; o++) deliver(buffers.all.data() + o * gradients.apart, o);
    });
  add_up(sums.data(), sums.size() / outputs, outputs, to_bias);
}

// Calls a function with the number of taps as a constant.
template <typename Body>
void by_taps(const Tensor& weight, Body body) {
  require(weight.dimensions == 4 && weight.size(2) == weight.size(3) && (weight.size(2) == 3 || weight.size(2) == 2), "expects 3 x 3 or 2 x 2 taps");
  require(weight.stride(1) == 1 && weight.stride(3) == weight.size(1) && weight.stride(2) == weight.size(1) * weight.size(3) &&
              weight.stride(0) == weight.stride(2) * weight.size(2),
          "expects a weight (O, I, h, w) stored in memory as (O, h, w, I)");
  if (weight.size(2) == 3)
    body(std::integral_constant<int, 3>());
  else
    body(std::integral_constant<int, 2>());
}

// Returns a contiguous tensor (..., H, W, channels) as (N, H, W, channels).
Tensor frames_of(const Tensor& x, int64_t channels) {
  require(x.dimensions >= 4 && x.count() > 0 && x.size(-1) == channels, "expects frames (..., H, W, ", channels, ")");
  Tensor frames = x;
  frames.dimensions = 4;
  for (int axis = -1; axis > -4; axis--) {
    frames.sizes[4 + axis] = x.size(axis);
    frames.strides[4 + axis] = x.stride(axis);
  }
  frames.strides[0] = x.size(-3) * x.size(-2) * channels;
  frames.sizes[0] = x.count() / frames.strides[0];
  return frames;
}

}  // namespace

// From (..., H, W, I) to (..., H', W', O). The weight is stored in memory as (O, h, w, I), here and below.
void winograd(const Tensor& x, const Tensor& weight, const Tensor& bias, const Tensor& out, int64_t padding) {
  by_taps(weight, [&](auto taps) {
    convolve<taps(), false>(frames_of(x, weight.size(1)), weight, floats(bias), out, padding);
  });
}

// The gradient of x, from the gradient of the result.
void winograd_backward_input(const Tensor& grad, const Tensor& weight, const Tensor& grad_x, int64_t padding) {
  by_taps(weight, [&](auto taps) {
    convolve<taps(), true>(frames_of(grad, weight.size(0)), weight, nullptr, grad_x, taps() - 1 - padding);
  });
}

// Gradients of the weight, stored in memory like the weight, and of the bias.
void winograd_backward_weight(const Tensor& x, const Tensor& grad, const Tensor& grad_weight, const Tensor& grad_bias, int64_t padding) {
  by_taps(grad_weight, [&](auto taps) {
    weight_gradient<taps()>(frames_of(x, grad_weight.size(1)), frames_of(grad, grad_weight.size(0)), grad_weight, floats(grad_bias), padding);
  });
}

}  // namespace VARIANT
