// Convolutions of 3 x 3 and of 2 x 2 taps, forward and backward, by minimal filtering F(4 x 4, 3 x 3) and F(4 x 4, 2 x 2) (Lavin and Gray
// 2015): a tile of 4 x 4 results takes 36 or 25 products for each pair of channels where the direct way takes 144 or 64. What products work
// on stays in the cache of a core, and every sum has one order, whatever the number of threads. oneDNN has the algorithm for AVX-512 alone,
// and in blocks of channels.

#include "winograd.h"

#include "direct_gradients.h"
#include "products.h"
#include "winograd_points.h"

namespace fused {
namespace {

template <int Taps>
constexpr int64_t kProducts = kPatch<Taps> * kPatch<Taps>;

// Bytes of patches that a core works on at a time, channels of taps, and bytes of patches whose gradients are summed at a time.
constexpr int64_t kBlockBytes = 300 << 10, kChunk = 128, kGroupBytes = 3 << 19;
// Tiles up to which gradients of the weights are finished for some outputs at a time.
constexpr int64_t kFewTiles = 64;

// It is the faster way where more than a part of the tiles is frame; in bfloat16, against direct products in bfloat16, from these pixels and
// with more than a panel of channels, and of 3 x 3 taps alone. Two by two taps save too little for what many inputs cost to bring.
template <int Taps>
constexpr int64_t kLeastFull = Taps == 3 ? 4 : 2;
constexpr int64_t kSmallestNarrowFrame = 16 * 16, kMostInputsOfTwoTaps = 512;

// A matrix for each product of points, one after the other.
template <int Taps>
struct Matrices {
  int64_t apart, each;  // numbers from row to row, and from matrix to matrix: never a power of two, which would share a cache's lines

  Matrices(int64_t rows, int64_t columns) : apart(columns + 16), each(rows * apart + 16) {}
  static Matrices panel(int64_t rows) { return Matrices(rows, kPanel - 16); }
  int64_t size() const { return kProducts<Taps> * each; }
};

// Frames of results in tiles of kSide x kSide pixels, frame after frame; the last ones of a frame may reach over its edge.
template <int Taps>
struct Tiles {
  int64_t height, width, rows, columns, count;

  Tiles(int64_t frames, int64_t height, int64_t width)
      : height(height), width(width), rows((height + kSide - 1) / kSide), columns((width + kSide - 1) / kSide), count(frames * rows * columns) {}
  explicit Tiles(const Tensor& frames) : Tiles(frames.size(0), frames.size(1), frames.size(2)) {}

  // Of what a convolution with so many zeros around each frame makes of x.
  static Tiles of_results(const Tensor& x, int64_t padding) {
    return {x.size(0), x.size(1) + 2 * padding - Taps + 1, x.size(2) + 2 * padding - Taps + 1};
  }

  // Where the pixels of a square are, which begins so far before a tile in frames of the given size, or what stands for those outside.
  template <int Side, typename T>
  void pixels(int64_t tile, int64_t frame_height, int64_t frame_width, int64_t before, int64_t channels, T* frames, T* outside, T* (&to)[Side][Side]) const {
    const int64_t left = tile % columns * kSide - before, top = tile / columns % rows * kSide - before;
    T* const frame = frames + tile / (rows * columns) * frame_height * frame_width * channels;
    for (int64_t y = 0; y < Side; y++)
      for (int64_t x = 0; x < Side; x++)
        to[y][x] = top + y >= 0 && top + y < frame_height && left + x >= 0 && left + x < frame_width
                       ? frame + ((top + y) * frame_width + left + x) * channels
                       : outside;
  }

  // Rows `to` of the matrices, from a square of pixels of x for each tile; the pixels' sums over all tiles are added where these are asked for.
  template <int Side, typename T>
  void transform_in(const Tensor& x, int64_t before, const T* zeros, int64_t first, int64_t number, float* to, const Matrices<Taps>& matrices,
                    float* sums = nullptr) const {
    constexpr int64_t patch = kPatch<Taps>;
    const int64_t channels = x.size(3);
    const T* const frames = x.data_ptr<T>();
    for (int64_t t = 0; t < number; t++, to += matrices.apart) {
      const T* square[Side][Side];
      pixels<Side>(first + t, x.size(1), x.size(2), before, channels, frames, zeros, square);
      for (int64_t c = 0; c < channels; c += kVector) {
        transform<Side, patch>([&](int y, int x) { return load(square[y][x] + c); },
                               [&](int y, int x, Vector value) { store(to + (y * patch + x) * matrices.each + c, value); });
        if (sums) {
          Vector sum = load(sums + c);
          for (const auto& row : square)
            for (const T* pixel : row) sum += load(pixel + c);
          store(sums + c, sum);
        }
      }
    }
  }

  // kPanel channels from (tiles, kProducts, kPanel).
  template <typename T>
  void transform_out(const float* from, const float* bias, int64_t first, int64_t number, T* frames, int64_t channels, int64_t channel) const {
    constexpr int64_t patch = kPatch<Taps>;
    T nowhere[kPanel];
    for (int64_t t = 0; t < number; t++, from += kProducts<Taps> * kPanel) {
      T* square[kSide][kSide];
      pixels<kSide>(first + t, height, width, 0, channels, frames + channel, nowhere, square);
      for (int64_t c = 0; c < kPanel; c += kVector) {
        const Vector shift = bias ? load(bias + channel + c) : Vector{};
        transform<patch, kSide>([&](int y, int x) { return load(from + (y * patch + x) * kPanel + c); },
                                [&](int y, int x, Vector value) { store(square[y][x] + c, value + shift); });
      }
    }
  }
};

// The right matrices (inputs, kPanel) of some inputs and the outputs from this one on; backward outputs are what was input.
template <int Taps, bool IsBackward>
void transform_taps(const float* taps, int64_t channels, int64_t output, int64_t first, int64_t number, float* to, const Matrices<Taps>& matrices) {
  constexpr int64_t patch = kPatch<Taps>, all = Taps * Taps;
  const auto put = [&](int64_t input, int64_t column) {
    return [=](int y, int x, Vector value) { store(to + (y * patch + x) * matrices.each + input * matrices.apart + column, value); };
  };
  if constexpr (IsBackward) {
    for (int64_t i = 0; i < number; i++)
      for (int64_t c = 0; c < kPanel; c += kVector)
        transform<Taps, patch>([&](int y, int x) { return load(taps + ((first + i) * all + all - 1 - (y * Taps + x)) * channels + output + c); }, put(i, c));
  } else {
    for (int64_t i = 0; i < number; i += kVector)
      for (int64_t c = 0; c < kPanel; c += kVector) {
        Vector turned[all][kVector];
        for (int tap = 0; tap < all; tap++) {
          for (int64_t j = 0; j < kVector; j++) turned[tap][j] = load(taps + ((output + c + j) * all + tap) * channels + first + i);
          transpose(turned[tap]);
        }
        for (int64_t j = 0; j < kVector; j++) transform<Taps, patch>([&](int y, int x) { return turned[y * Taps + x][j]; }, put(i + j, c));
      }
  }
}

float* floats(const Tensor& t) { return t.data_ptr<float>(); }
Tensor buffer(int64_t threads, int64_t size) { return at::empty({threads, size}, at::kFloat); }
float* part_of_thread(const Tensor& buffers) { return floats(buffers) + at::get_thread_num() * buffers.size(1); }

// The convolution, or with the taps turned around and their channels exchanged its gradient by the input.
template <int Taps, bool IsBackward>
Tensor convolution(const Tensor& x, const Tensor& weight, const float* bias, int64_t padding) {
  constexpr int64_t products_of_tile = kProducts<Taps>;
  const auto tiles = Tiles<Taps>::of_results(x, padding);
  const int64_t inputs = x.size(3), outputs = weight.size(IsBackward ? 1 : 0), panels = outputs / kPanel;
  const float* const taps = floats(weight);
  const Tensor out = at::empty({x.size(0), tiles.height, tiles.width, outputs}, x.options());
  const auto zeros = at::zeros({inputs}, x.options());

  const int64_t block = std::min(tiles.count, std::max<int64_t>(12, kBlockBytes / (products_of_tile * 4 * inputs) / 12 * 12));
  const int64_t blocks = (tiles.count + block - 1) / block;
  const auto length_of = [&](int64_t b) { return std::min(block, tiles.count - b * block); };
  const Matrices<Taps> patches(block, inputs);
  const auto multiply = [&](int64_t b, const float* left, const float* right, const Matrices<Taps>& of_taps, float* to, int64_t length, bool adds) {
    for (int p = 0; p < products_of_tile; p++)
      product<false>(length_of(b), left + p * patches.each, patches.apart, right + p * of_taps.each, kPanel, to + p * kPanel,
                     products_of_tile * kPanel, length, adds);
  };

  by_type(x, [&](auto type) {
    using T = decltype(type);
    const T* const outside = zeros.data_ptr<T>();
    T* const to = out.data_ptr<T>();
    if (outputs <= tiles.count) {
      // Many tiles: all taps at once, then block by block of tiles.
      const auto of_taps = Matrices<Taps>::panel(inputs);
      const auto all_taps = buffer(panels, of_taps.size());
      at::parallel_for(0, panels, 1, [&](int64_t begin, int64_t end) {
        for (int64_t p = begin; p < end; p++)
          transform_taps<Taps, IsBackward>(taps, weight.size(1), p * kPanel, 0, inputs, floats(all_taps) + p * of_taps.size(), of_taps);
      });
      const auto buffers = buffer(at::get_num_threads(), patches.size() + block * products_of_tile * kPanel);
      at::parallel_for(0, blocks, 1, [&](int64_t begin, int64_t end) {
        float *const left = part_of_thread(buffers), *const products = left + patches.size();
        for (int64_t b = begin; b < end; b++) {
          tiles.template transform_in<kPatch<Taps>>(x, padding, outside, b * block, length_of(b), left, patches);
          for (int64_t p = 0; p < panels; p++) {
            multiply(b, left, floats(all_taps) + p * of_taps.size(), of_taps, products, inputs, false);
            tiles.transform_out(products, bias, b * block, length_of(b), to, outputs, p * kPanel);
          }
        }
      });
    } else {
      // Many weights: all tiles at once, then panel by panel of outputs. Transformed taps are four times the weights and never leave the cache.
      const auto all_patches = buffer(blocks, patches.size());
      at::parallel_for(0, tiles.count, 4, [&](int64_t begin, int64_t end) {
        for (int64_t t = begin; t < end; t++)
          tiles.template transform_in<kPatch<Taps>>(
              x, padding, outside, t, 1, floats(all_patches) + t / block * patches.size() + t % block * patches.apart, patches);
      });
      const auto of_taps = Matrices<Taps>::panel(std::min(inputs, kChunk));
      const auto buffers = buffer(at::get_num_threads(), of_taps.size() + tiles.count * products_of_tile * kPanel);
      at::parallel_for(0, panels, 1, [&](int64_t begin, int64_t end) {
        float *const right = part_of_thread(buffers), *const products = right + of_taps.size();
        for (int64_t p = begin; p < end; p++) {
          for (int64_t first = 0; first < inputs; first += kChunk) {
            const int64_t length = std::min(kChunk, inputs - first);
            transform_taps<Taps, IsBackward>(taps, weight.size(1), p * kPanel, first, length, right, of_taps);
            for (int64_t b = 0; b < blocks; b++)
              multiply(b, floats(all_patches) + b * patches.size() + first, right, of_taps, products + b * block * products_of_tile * kPanel, length,
                       first > 0);
          }
          tiles.transform_out(products, bias, 0, tiles.count, to, outputs, p * kPanel);
        }
      });
    }
  });
  return out;
}

// The gradient by the weight, and by the bias as the result.
template <int Taps>
Tensor weight_gradient(const Tensor& x, const Tensor& by, const Tensor& to, int64_t padding) {
  constexpr int64_t patch = kPatch<Taps>, products_of_tile = kProducts<Taps>, all = Taps * Taps;
  const Tiles<Taps> tiles(by);
  const int64_t inputs = x.size(3), outputs = by.size(3);
  const auto zeros = at::zeros({std::max(inputs, outputs)}, x.options());
  const bool are_few = tiles.count <= kFewTiles;
  const int64_t group = are_few ? tiles.count : std::min(tiles.count, std::max<int64_t>(48, kGroupBytes / (products_of_tile * 4 * (inputs + outputs))));
  constexpr int64_t part = 8;

  const Matrices<Taps> patches(group, inputs), changes(group, outputs), gradients(are_few ? kPanel : outputs, inputs);
  const auto of_patches = buffer(1, patches.size()), of_changes = buffer(1, changes.size());
  const auto buffers = buffer(are_few ? at::get_num_threads() : 1, gradients.size());
  const auto sums = at::zeros({(group + part - 1) / part, outputs}, at::kFloat);

  const auto multiply = [&](int64_t p, int64_t output, int64_t number, int64_t length, float* gradient, bool adds) {
    for (int64_t i = 0; i < inputs; i += kPanel)
      product<true>(number, floats(of_changes) + p * changes.each + output, changes.apart, floats(of_patches) + p * patches.each + i, patches.apart,
                    gradient + p * gradients.each + i, gradients.apart, length, adds);
  };
  const auto deliver = [&](const float* gradient, int64_t output) {
    float* const taps = floats(to) + output * all * inputs;
    for (int64_t i = 0; i < inputs; i += kVector)
      transform<patch, Taps>([&](int y, int x) { return load(gradient + (y * patch + x) * gradients.each + i); },
                             [&](int y, int x, Vector value) { store(taps + (y * Taps + x) * inputs + i, value); });
  };

  for (int64_t first = 0; first < tiles.count; first += group) {
    const int64_t length = std::min(group, tiles.count - first);
    by_type(x, [&](auto type) {
      using T = decltype(type);
      const T* const outside = zeros.data_ptr<T>();
      at::parallel_for(0, (length + part - 1) / part, 1, [&](int64_t begin, int64_t end) {
        for (int64_t n = begin; n < end; n++) {
          const int64_t t = n * part, number = std::min(part, length - t);
          tiles.template transform_in<patch>(x, padding, outside, first + t, number, floats(of_patches) + t * patches.apart, patches);
          tiles.template transform_in<kSide>(by, 0, outside, first + t, number, floats(of_changes) + t * changes.apart, changes,
                                    floats(sums) + n * outputs);
        }
      });
    });
    if (are_few)
      at::parallel_for(0, outputs / kPanel, 1, [&](int64_t begin, int64_t end) {
        float* const gradient = part_of_thread(buffers);
        for (int64_t o = begin * kPanel; o < end * kPanel; o += kPanel) {
          for (int64_t p = 0; p < products_of_tile; p++) multiply(p, o, kPanel, length, gradient, false);
          for (int64_t r = 0; r < kPanel; r++) deliver(gradient + r * gradients.apart, o + r);
        }
      });
    else
      at::parallel_for(0, products_of_tile, 1, [&](int64_t begin, int64_t end) {
        for (int64_t p = begin; p < end; p++) multiply(p, 0, outputs, length, floats(buffers), first > 0);
      });
  }
  if (!are_few)
    at::parallel_for(0, outputs, 4, [&](int64_t begin, int64_t end) {
      for (int64_t o = begin; o < end; o++) deliver(floats(buffers) + o * gradients.apart, o);
    });
  return sums.sum(0);
}

template <int Taps>
struct Winograd : torch::autograd::Function<Winograd<Taps>> {
  static Tensor forward(AutogradContext* context, Tensor x, Tensor weight, Tensor bias, int64_t padding) {
    context->save_for_backward({x, weight});
    context->saved_data["padding"] = padding;
    return convolution<Taps, false>(x, weight, floats(bias), padding);
  }

  static variable_list backward(AutogradContext* context, variable_list gradients) {
    const auto saved = context->get_saved_variables();
    const Tensor &x = saved[0], &weight = saved[1];
    const auto by = gradients[0].contiguous();
    const int64_t padding = context->saved_data["padding"].toInt();
    const auto place = direct_gradients.place(weight);
    const auto grad_weight = place.defined() ? place : at::empty_like(weight);
    const auto grad_bias = weight_gradient<Taps>(x, by, grad_weight, padding);
    return {context->needs_input_grad(0) ? convolution<Taps, true>(by, weight, nullptr, Taps - 1 - padding) : Tensor(),
            place.defined() ? Tensor() : grad_weight, grad_bias, Tensor()};
  }
};

Tensor apply(const Tensor& x, const Tensor& weight, const Tensor& bias, int64_t padding) {
  return weight.size(2) == 3 ? Winograd<3>::apply(x, weight, bias, padding) : Winograd<2>::apply(x, weight, bias, padding);
}

// Outputs that are missing in the last panel.
int64_t missing_outputs(const Tensor& weight) { return (kPanel - weight.size(0) % kPanel) % kPanel; }

template <int Taps>
bool is_faster(const Tensor& x, int64_t padding) {
  const auto tiles = Tiles<Taps>::of_results(x.narrow(0, 0, 1), padding);
  const int64_t pixels = tiles.height * tiles.width;
  return x.scalar_type() == at::kFloat ? pixels * kLeastFull<Taps> > tiles.count * kSide * kSide
                                       : Taps == 3 && pixels >= kSmallestNarrowFrame && x.size(3) > kPanel;
}

}  // namespace

bool suits_winograd(const Tensor& x, const Tensor& weight, int64_t stride, int64_t padding) {
  const int64_t taps = weight.size(2);
  if (weight.size(3) != taps || stride != 1 || missing_outputs(weight) * 8 > weight.size(0) || weight.size(1) % kPanel != 0) return false;
  return taps == 3 ? padding == 1 && is_faster<3>(x, padding)
                   : taps == 2 && padding <= 1 && x.size(3) <= kMostInputsOfTwoTaps && is_faster<2>(x, padding);
}

Tensor winograd(const Tensor& x, const Tensor& weight, const Tensor& bias, int64_t padding) {
  const int64_t missing = missing_outputs(weight);
  if (missing == 0) return apply(x, weight, bias, padding);
  const auto taps = at::constant_pad_nd(weight, {0, 0, 0, 0, 0, 0, 0, missing}).contiguous(at::MemoryFormat::ChannelsLast);
  return apply(x, taps, at::constant_pad_nd(bias, {0, missing}), padding).narrow(3, 0, weight.size(0)).contiguous();
}

}  // namespace fused
