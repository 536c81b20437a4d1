// Group norm with scale, shift and activation, for which composed operators would take half a dozen passes over memory. Batch norm is the special
// case in which all rows are one frame and each channel is a group.

#include "kernels.h"
#include "simd.h"

namespace VARIANT {
namespace {

// Activation: none, SiLU, or leaky ReLU with `slope` (a slope of 0 gives ReLU).
struct Activation {
  enum Kind : int64_t { None, Silu, Leaky } kind;
  float slope;

  Vector operator()(Vector z) const {
    switch (kind) {
      case Silu: return z / (1.0f + exp(-z));
      case Leaky: return z > 0.0f ? z : z * slope;
      default: return z;
    }
  }
  Vector slope_at(Vector z) const {
    switch (kind) {
      case Silu: {
        const Vector sigmoid = logistic(z);
        return sigmoid * (1.0f + z * (1.0f - sigmoid));
      }
      case Leaky: return z > 0.0f ? all(1.0f) : all(slope);
      default: return all(1.0f);
    }
  }
};

// Frames that consist of rows of channels, which are in groups. The rows of each frame are divided into parts of fixed size, which run in parallel.
struct GroupShape {
  int64_t frames, rows, channels, groups, parts;

  GroupShape(const Tensor& x, int64_t frames, int64_t groups)
      : frames(frames), rows(x.count() / x.size(-1) / frames), channels(x.size(-1)), groups(groups),
        parts(std::min(rows, std::max<int64_t>(1, kParts / frames))) {}

  int64_t members() const { return channels / groups; }

  // Calls work(frame, index of the part among all parts, first row, row after the last).
  template <typename Work>
  void in_parts(Work work) const {
    parallel_for(0, frames * parts, 1, [&](int64_t begin, int64_t end) {
      for (int64_t i = begin; i < end; i++) work(i / parts, i, i % parts * rows / parts, (i % parts + 1) * rows / parts);
    });
  }
};

// Mean and 1 / sqrt(variance + eps) for each group in each frame. Sums use the differences from the frame's first row, so that no precision is lost
// if the mean is far from zero.
template <typename T>
void statistics(const GroupShape& s, const T* x, double eps, float* mean, float* inverse) {
  std::vector<float> sums(s.frames * s.parts * 2 * s.channels, 0.0f);
  s.in_parts([&](int64_t frame, int64_t part, int64_t begin, int64_t end) {
    const T* const first = x + frame * s.rows * s.channels;
    float *const sum = &sums[part * 2 * s.channels], *const squares = sum + s.channels;
    for (int64_t r = begin; r < end; r++)
      for (int64_t c = 0; c < s.channels; c += kVector) {
        const Vector d = load(first + r * s.channels + c) - load(first + c);
        store(sum + c, load(sum + c) + d);
        store(squares + c, load(squares + c) + d * d);
      }
  });
  for (int64_t frame = 0; frame < s.frames; frame++)
    for (int64_t group = 0; group < s.groups; group++) {
      double of_group = 0, squares = 0;  // about zero: mean of means, mean of squares
      std::vector<std::pair<double, double>> channels;
      for (int64_t c = group * s.members(); c < (group + 1) * s.members(); c++) {
        double sum = 0, square = 0;
        for (int64_t part = frame * s.parts; part < (frame + 1) * s.parts; part++) {
          sum += sums[part * 2 * s.channels + c];
          square += sums[(part * 2 + 1) * s.channels + c];
        }
        const double near = sum / s.rows, variance = square / s.rows - near * near;
        channels.emplace_back(static_cast<double>(static_cast<float>(x[frame * s.rows * s.channels + c])) + near, std::max(variance, 0.0));
        of_group += channels.back().first / s.members();
      }
      for (const auto& [middle, variance] : channels) squares += (variance + (middle - of_group) * (middle - of_group)) / s.members();
      mean[frame * s.groups + group] = of_group;
      inverse[frame * s.groups + group] = 1 / std::sqrt(squares + eps);
    }
}

// The value of a channel in a frame, before the activation, is x a + b.
struct Lines {
  std::vector<float> a, b;

  Lines(const GroupShape& s, const float* mean, const float* inverse, const float* gain, const float* shift)
      : a(s.frames * s.channels), b(a.size()) {
    for (int64_t i = 0; i < s.frames * s.channels; i++) {
      const int64_t c = i % s.channels, group = i / s.channels * s.groups + c / s.members();
      a[i] = gain[c] * inverse[group];
      b[i] = shift[c] - mean[group] * a[i];
    }
  }
};

template <typename T>
void norm_forward(const GroupShape& s, const T* x, const Lines& lines, Activation activation, T* out) {
  s.in_parts([&](int64_t frame, int64_t, int64_t begin, int64_t end) {
    const float *const a = &lines.a[frame * s.channels], *const b = &lines.b[frame * s.channels];
    for (int64_t at = (frame * s.rows + begin) * s.channels; at < (frame * s.rows + end) * s.channels; at += s.channels)
      for (int64_t c = 0; c < s.channels; c += kVector) store(out + at + c, activation(load(x + at + c) * load(a + c) + load(b + c)));
  });
}

template <typename T>
void norm_backward(const GroupShape& s, const T* x, const T* by, const float* mean, const float* inverse, const float* gain, const Lines& lines,
                   Activation activation, T* grad_x, float* grad_gain, float* grad_shift) {
  const auto at_line = [&](const Lines& l, int64_t frame, const T* from, int64_t c) {
    return load(from + c) * load(&l.a[frame * s.channels] + c) + load(&l.b[frame * s.channels] + c);
  };
  std::vector<float> sums(s.frames * s.parts * 2 * s.channels, 0.0f);
  s.in_parts([&](int64_t frame, int64_t part, int64_t begin, int64_t end) {
    float *const of_shift = &sums[part * 2 * s.channels], *const of_x = of_shift + s.channels;
    const T* const first = x + frame * s.rows * s.channels;
    for (int64_t r = begin; r < end; r++) {
      const T *const from = first + r * s.channels, *const grad = by + (from - x);
      for (int64_t c = 0; c < s.channels; c += kVector) {
        const Vector dz = load(grad + c) * activation.slope_at(at_line(lines, frame, from, c));
        store(of_shift + c, load(of_shift + c) + dz);
        store(of_x + c, load(of_x + c) + dz * (load(from + c) - load(first + c)));
      }
    }
  });

  // dx = dz k + x m + n: the gradient through mean and variance is the same linear function of x for all rows of a channel in a frame.
  std::vector<float> k(s.frames * s.channels), m(k.size()), n(k.size());
  for (int64_t frame = 0; frame < s.frames; frame++)
    for (int64_t group = 0; group < s.groups; group++) {
      const double middle = mean[frame * s.groups + group], scale = inverse[frame * s.groups + group], count = double(s.rows) * s.members();
      double shifts = 0, gains = 0;
      for (int64_t c = group * s.members(); c < (group + 1) * s.members(); c++) {
        double of_shift = 0, of_x = 0;
        for (int64_t part = frame * s.parts; part < (frame + 1) * s.parts; part++) {
          of_shift += sums[part * 2 * s.channels + c];
          of_x += sums[(part * 2 + 1) * s.channels + c];
        }
        const double first = static_cast<float>(x[frame * s.rows * s.channels + c]), of_gain = (of_x + (first - middle) * of_shift) * scale;
        grad_shift[c] += of_shift;
        grad_gain[c] += of_gain;
        shifts += gain[c] * of_shift / count;
        gains += gain[c] * of_gain / count;
      }
      for (int64_t c = group * s.members(); c < (group + 1) * s.members(); c++) {
        const int64_t i = frame * s.channels + c;
        k[i] = gain[c] * scale;
        m[i] = -scale * scale * gains;
        n[i] = scale * (middle * scale * gains - shifts);
      }
    }
  s.in_parts([&](int64_t frame, int64_t, int64_t begin, int64_t end) {
    const int64_t line = frame * s.channels;
    for (int64_t r = frame * s.rows + begin; r < frame * s.rows + end; r++) {
      const T* const from = x + r * s.channels;
      for (int64_t c = 0; c < s.channels; c += kVector) {
        const Vector dz = load(by + (from - x) + c) * activation.slope_at(at_line(lines, frame, from, c));
        store(grad_x + (from - x) + c, dz * load(&k[line + c]) + load(from + c) * load(&m[line + c]) + load(&n[line + c]));
      }
    }
  });
}

void require_groups(const Tensor& x, const Tensor& gain, const Tensor& shift, const Tensor& mean, const Tensor& inverse) {
  require(x.count() > 0 && x.size(-1) % kRow == 0 && gain.count() == x.size(-1) && shift.count() == x.size(-1) && mean.dimensions == 2 &&
              mean.count() == inverse.count() && x.size(-1) % mean.size(1) == 0 && x.count() / x.size(-1) % mean.size(0) == 0,
          "expects x (..., C) with C a multiple of 16, gain and shift (C), mean and inverse (frames, groups)");
}

}  // namespace

void group_norm(const Tensor& x, const Tensor& gain, const Tensor& shift, const Tensor& mean, const Tensor& inverse, const Tensor& out, double eps,
                int64_t activation, double slope) {
  require_groups(x, gain, shift, mean, inverse);
  const GroupShape s(x, mean.size(0), mean.size(1));
  by_type(x, [&](auto type) {
    using T = decltype(type);
    statistics(s, x.data_of<T>(), eps, floats(mean), floats(inverse));
    norm_forward(s, x.data_of<T>(), Lines(s, floats(mean), floats(inverse), floats(gain), floats(shift)), {Activation::Kind(activation), float(slope)},
                 out.data_of<T>());
  });
}

void group_norm_backward(const Tensor& x, const Tensor& gain, const Tensor& shift, const Tensor& mean, const Tensor& inverse, const Tensor& grad,
                         const Tensor& grad_x, const Tensor& grad_gain, const Tensor& grad_shift, int64_t activation, double slope) {
  require_groups(x, gain, shift, mean, inverse);
  const GroupShape s(x, mean.size(0), mean.size(1));
  by_type(x, [&](auto type) {
    using T = decltype(type);
    norm_backward(s, x.data_of<T>(), grad.data_of<T>(), floats(mean), floats(inverse), floats(gain),
                  Lines(s, floats(mean), floats(inverse), floats(gain), floats(shift)), {Activation::Kind(activation), float(slope)}, grad_x.data_of<T>(),
                  floats(grad_gain), floats(grad_shift));
  });
}

}  // namespace VARIANT
