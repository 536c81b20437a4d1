// The selective state space model of Mamba (Gu and Dao 2023). Adjacent channels share a register and their states are consecutive, so that only
// B and C, which channels share, require sums within a vector. States are kept at the start of each chunk of tokens, and the backward pass recomputes
// the others.

#include "kernels.h"
#include "token_rows.h"

namespace VARIANT {
namespace {

// Number of tokens for which the backward pass keeps all states of a vector of channels in a cache.
constexpr int64_t kChunk = 32;

// (B, T, E), (E, N) transposed, (B, T, N) and (E); the gate may be a part of wider rows, or absent.
template <typename T>
struct Scan {
  int64_t clips, length, channels, states;
  const float *u, *delta, *a, *b, *c, *d;
  const T* gate;
  int64_t gate_of_clip, gate_of_token;

  Scan(const Tensor& u, const Tensor& delta, const Tensor& turned_a, const Tensor& b, const Tensor& c, const Tensor& d, const Tensor& gate)
      : clips(u.size(0)), length(u.size(1)), channels(u.size(2)), states(turned_a.size(0)), u(u.data_of<float>()), delta(delta.data_of<float>()),
        a(turned_a.data_of<float>()), b(b.data_of<float>()), c(c.data_of<float>()), d(d.data_of<float>()),
        gate(gate.is_given() ? gate.data_of<T>() : nullptr), gate_of_clip(gate.strides[0]), gate_of_token(gate.strides[1]) {}

  int64_t blocks() const { return channels / kVector; }
  int64_t chunks() const { return (length + kChunk - 1) / kChunk; }
  int64_t padded() const { return whole(states, kVector); }
  int64_t of_states() const { return states * kVector; }
  Vector gate_at(int64_t clip, int64_t t, int64_t e) const { return load(gate + clip * gate_of_clip + t * gate_of_token + e); }

  // Copies the states of a vector of channels, which are consecutive, from or to (N, E).
  void gather(const float* from, float* to) const {
    for (int64_t n = 0; n < states; n++) store(to + n * kVector, load(from + n * channels));
  }
  void spread(const float* from, float* to) const {
    for (int64_t n = 0; n < states; n++) store(to + n * channels, load(from + n * kVector));
  }
};

// Replaces the states (B, N, E), if there are any, with the states after the tokens. `borders` (B, chunks, N, E) receives the states before each chunk.
template <typename T>
void scan_forward(const Scan<T>& s, float* out, float* states, float* borders) {
  const int64_t grain = std::max<int64_t>(1, (1 << 10) / (s.length * s.states));
  parallel_for(0, s.clips * s.blocks(), grain, [&](int64_t begin, int64_t end) {
    Scratch scratch(2 * s.of_states());
    float *const decays = scratch.take<float>(s.of_states()), *const h = scratch.take<float>(s.of_states());
    for (int64_t task = begin; task < end; task++) {
      const int64_t clip = task / s.blocks(), e = task % s.blocks() * kVector;
      const Vector through = load(s.d + e);
      s.gather(s.a + e, decays);
      if (states)
        s.gather(states + clip * s.states * s.channels + e, h);
      else
        std::fill_n(h, s.of_states(), 0.0f);
      for (int64_t t = 0; t < s.length; t++) {
        if (borders && t % kChunk == 0) s.spread(h, borders + (clip * s.chunks() + t / kChunk) * s.states * s.channels + e);
        const int64_t token = clip * s.length + t;
        const Vector u = load(s.u + token * s.channels + e), step = load(s.delta + token * s.channels + e), taken = step * u;
        Vector y = through * u;
        for (int64_t n = 0; n < s.states; n++) {
          const Vector now = exp(step * load(decays + n * kVector)) * load(h + n * kVector) + taken * s.b[token * s.states + n];
          store(h + n * kVector, now);
          y += now * s.c[token * s.states + n];
        }
        if (s.gate) {
          const Vector z = s.gate_at(clip, t, e);
          y *= z * logistic(z);
        }
        store(out + token * s.channels + e, y);
      }
      if (states) s.spread(h, states + clip * s.states * s.channels + e);
    }
  });
}

// Gradients, laid out like the inputs. A and D have separate gradients for each clip, and B and C for each part of the channels: (parts, B, T, padded N).
template <typename T>
struct ScanGradients {
  float *u, *delta, *a, *b, *c, *d;
  T* gate;
};

template <typename T>
class Backward {
  const Scan<T>& s;
  const float* const by;
  const ScanGradients<T>& to;
  Scratch scratch{(2 * kChunk + 4) * s.of_states()};
  float *const decays = scratch.take<float>(s.of_states()), *const of_decays = scratch.take<float>(s.of_states()),
               *const slopes = scratch.take<float>(s.of_states()),  // gradients of the states after a token
                   *const kept = scratch.take<float>(kChunk * s.of_states()), *const h = scratch.take<float>((kChunk + 1) * s.of_states());

  void states_again(int64_t token, int64_t count, int64_t e) {
    for (int64_t i = 0; i < count; i++) {
      const Vector step = load(s.delta + (token + i) * s.channels + e), taken = step * load(s.u + (token + i) * s.channels + e);
      for (int64_t n = 0; n < s.states; n++) {
        const int64_t at = i * s.of_states() + n * kVector;
        const Vector share = exp(step * load(decays + n * kVector));
        store(kept + at, share);
        store(h + at + s.of_states(), share * load(h + at) + taken * s.b[(token + i) * s.states + n]);
      }
    }
  }

  static void add(float* to, Vector (&products)[kVector]) { store(to, load(to) + sums(products)); }

  // Processes the token whose previous states are at index i, and returns the gradient of D.
  Vector differentiate(int64_t clip, int64_t t, int64_t i, int64_t e, float* of_b, float* of_c) {
    const int64_t token = clip * s.length + t, place = token * s.channels + e;
    const float *const b = s.b + token * s.states, *const c = s.c + token * s.states;
    const Vector u = load(s.u + place), step = load(s.delta + place), through = load(s.d + e), taken = step * u, given = load(by + place);
    const Vector z = s.gate ? s.gate_at(clip, t, e) : Vector{}, share = logistic(z), slope = s.gate ? given * z * share : given;
    Vector y = through * u, of_taken = {}, of_step = {};
    for (int64_t first = 0; first < s.states; first += kVector) {
      Vector with_b[kVector] = {}, with_c[kVector] = {};
      for (int64_t n = first; n < std::min(first + kVector, s.states); n++) {
        const int64_t at = i * s.of_states() + n * kVector;
        const Vector now = load(h + at + s.of_states()), of_state = load(slopes + n * kVector) + slope * c[n], fading = of_state * load(kept + at),
                     of_exponent = fading * load(h + at);
        y += now * c[n];
        with_c[n - first] = slope * now;
        with_b[n - first] = of_state * taken;
        of_taken += of_state * b[n];
        of_step += of_exponent * load(decays + n * kVector);
        store(of_decays + n * kVector, load(of_decays + n * kVector) + of_exponent * step);
        store(slopes + n * kVector, fading);
      }
      add(of_b + t * s.padded() + first, with_b);
      add(of_c + t * s.padded() + first, with_c);
    }
    store(to.u + place, slope * through + of_taken * step);
    store(to.delta + place, of_step + of_taken * u);
    if (s.gate) store(to.gate + place, given * y * share * (1.0f + z * (1.0f - share)));
    return slope * u;
  }

 public:
  Backward(const Scan<T>& s, const float* by, const ScanGradients<T>& to) : s(s), by(by), to(to) {}

  void differentiate(int64_t clip, int64_t e, const float* borders, float* of_b, float* of_c) {
    s.gather(s.a + e, decays);
    std::fill_n(of_decays, s.of_states(), 0.0f);
    std::fill_n(slopes, s.of_states(), 0.0f);
    Vector of_through = {};
    for (int64_t chunk = s.chunks() - 1; chunk >= 0; chunk--) {
      const int64_t first = chunk * kChunk, count = std::min(kChunk, s.length - first);
      s.gather(borders + (clip * s.chunks() + chunk) * s.states * s.channels + e, h);
      states_again(clip * s.length + first, count, e);
      for (int64_t i = count - 1; i >= 0; i--) of_through += differentiate(clip, first + i, i, e, of_b, of_c);
    }
    s.spread(of_decays, to.a + clip * s.states * s.channels + e);
    store(to.d + clip * s.channels + e, of_through);
  }
};

void require_scan(const Tensor& u, const Tensor& delta, const Tensor& a, const Tensor& b, const Tensor& c, const Tensor& d, const Tensor& gate) {
  require(u.dimensions == 3 && u.count() > 0 && u.size(2) % kRow == 0 && a.dimensions == 2 && a.size(1) == u.size(2),
          "expects u (B, T, E) with E a multiple of 16, and A transposed, (N, E)");
  const int64_t of_tokens = u.size(0) * u.size(1) * a.size(0);
  require(delta.count() == u.count() && b.count() == of_tokens && c.count() == of_tokens && d.count() == u.size(2) &&
              (!gate.is_given() || (gate.count() == u.count() && gate.stride(2) == 1)),
          "expects delta and a gate with the shape of u, B and C (B, T, N) and D (E)");
}

// Passes the gate with its own type or, if it is absent, with the type of u.
template <typename Body>
void by_gate(const Tensor& gate, Body body) {
  if (gate.is_given())
    by_type(gate, body);
  else
    body(float());
}

}  // namespace

// The gate may have a row stride. States (B, N, E) are replaced with the states after the tokens, and borders (B, chunks of 32 tokens, N, E)
// receive the states before each chunk; either may be absent.
void selective_scan(const Tensor& u, const Tensor& delta, const Tensor& a, const Tensor& b, const Tensor& c, const Tensor& d, const Tensor& gate,
                    const Tensor& out, const Tensor& states, const Tensor& borders) {
  require_scan(u, delta, a, b, c, d, gate);
  by_gate(gate, [&](auto type) {
    scan_forward(Scan<decltype(type)>(u, delta, a, b, c, d, gate), floats(out), states.is_given() ? floats(states) : nullptr,
                 borders.is_given() ? floats(borders) : nullptr);
  });
}

void selective_scan_backward(const Tensor& u, const Tensor& delta, const Tensor& a, const Tensor& b, const Tensor& c, const Tensor& d, const Tensor& gate,
                             const Tensor& borders, const Tensor& grad, const Tensor& grad_u, const Tensor& grad_delta, const Tensor& grad_a,
                             const Tensor& grad_b, const Tensor& grad_c, const Tensor& grad_d, const Tensor& grad_gate) {
  require_scan(u, delta, a, b, c, d, gate);
  const int64_t clips = u.size(0), parts = std::clamp<int64_t>(kParts / clips, 1, u.size(2) / kVector), tokens = clips * u.size(1);
  by_gate(gate, [&](auto type) {
    using T = decltype(type);
    const Scan<T> s(u, delta, a, b, c, d, gate);
    std::vector<float> of_a(clips * a.count()), of_d(clips * d.count()), of_b(parts * tokens * s.padded(), 0.0f), of_c(of_b.size(), 0.0f);
    const ScanGradients<T> to{floats(grad_u), floats(grad_delta), of_a.data(), of_b.data(), of_c.data(), of_d.data(),
                              s.gate ? grad_gate.data_of<T>() : nullptr};
    parallel_for(0, parts * clips, 1, [&](int64_t begin, int64_t end) {
      Backward<T> work(s, floats(grad), to);
      for (int64_t task = begin; task < end; task++) {
        const int64_t part = task / clips, rows = task * s.length * s.padded();
        for (int64_t block = s.blocks() * part / parts; block < s.blocks() * (part + 1) / parts; block++)
          work.differentiate(task % clips, block * kVector, floats(borders), to.b + rows, to.c + rows);
      }
    });
    add_up(of_a.data(), clips, a.count(), floats(grad_a));
    add_up(of_d.data(), clips, d.count(), floats(grad_d));
    for (auto* of : {&of_b, &of_c}) {
      std::vector<float> total(tokens * s.padded());
      add_up(of->data(), parts, tokens * s.padded(), total.data());
      for (int64_t token = 0; token < tokens; token++)
        std::copy_n(&total[token * s.padded()], s.states, floats(of == &of_b ? grad_b : grad_c) + token * s.states);
    }
  });
}

}  // namespace VARIANT
