// The selective state space model of Mamba (Gu and Dao 2023). Channels lie side by side in the registers and their states one after the other, so that
// only what tokens have in common, B and C, is summed within a vector. States are kept where a chunk of tokens begins; the backward pass computes the
// others again.

#include "token_rows.h"

namespace {

using namespace fused;

// Tokens of which the backward pass has all states of a vector of channels in a cache.
constexpr int64_t kChunk = 32;

Vector logistic(Vector x) { return 1.0f / (1.0f + exp(-x)); }

// (B, T, E), (E, N) turned over, (B, T, N) and (E); the gate may be a part of wider rows, or missing.
template <typename T>
struct Scan {
  int64_t clips, length, channels, states;
  const float *u, *delta, *a, *b, *c, *d;
  const T* gate;
  int64_t gate_of_clip, gate_of_token;

  Scan(const Tensor& u, const Tensor& delta, const Tensor& turned_a, const Tensor& b, const Tensor& c, const Tensor& d, const Tensor& gate)
      : clips(u.size(0)), length(u.size(1)), channels(u.size(2)), states(turned_a.size(0)), u(u.data_ptr<float>()), delta(delta.data_ptr<float>()),
        a(turned_a.data_ptr<float>()), b(b.data_ptr<float>()), c(c.data_ptr<float>()), d(d.data_ptr<float>()),
        gate(gate.numel() > 0 ? gate.data_ptr<T>() : nullptr), gate_of_clip(gate.numel() > 0 ? gate.stride(0) : 0),
        gate_of_token(gate.numel() > 0 ? gate.stride(1) : 0) {}

  int64_t blocks() const { return channels / kVector; }
  int64_t chunks() const { return (length + kChunk - 1) / kChunk; }
  int64_t padded() const { return whole(states, kVector); }
  int64_t of_states() const { return states * kVector; }
  Vector gate_at(int64_t clip, int64_t t, int64_t e) const { return load(gate + clip * gate_of_clip + t * gate_of_token + e); }

  // Those of a vector of channels, one after the other, from or to (N, E).
  void gather(const float* from, float* to) const {
    for (int64_t n = 0; n < states; n++) store(to + n * kVector, load(from + n * channels));
  }
  void spread(const float* from, float* to) const {
    for (int64_t n = 0; n < states; n++) store(to + n * channels, load(from + n * kVector));
  }
};

// States, where there are any, (B, N, E), become those after the tokens. At `borders`, (B, chunks, N, E), are left those before each chunk.
template <typename T>
void scan_forward(const Scan<T>& s, float* out, float* states, float* borders) {
  const int64_t grain = std::max<int64_t>(1, (1 << 10) / (s.length * s.states));
  at::parallel_for(0, s.clips * s.blocks(), grain, [&](int64_t begin, int64_t end) {
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

// Gradients: as the inputs lie, but those of A and D apart for each clip, and those of B and C for each part of the channels, (parts, B, T, padded N).
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
               *const slopes = scratch.take<float>(s.of_states()),  // of the states after a token
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

  // Of the token whose states before it are the i-th. Returns the gradient of D.
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

// Over the first axis, in order.
Tensor added_up(const Tensor& parts) {
  const auto total = parts[0].clone();
  for (int64_t i = 1; i < parts.size(0); i++) total.add_(parts[i]);
  return total;
}

// A gate without elements is none.
struct SelectiveScan : torch::autograd::Function<SelectiveScan> {
  static Tensor forward(AutogradContext* context, Tensor u, Tensor delta, Tensor a, Tensor b, Tensor c, Tensor d, Tensor gate) {
    const auto out = at::empty_like(u);
    by_type(gate, [&](auto type) {
      const Scan<decltype(type)> s(u, delta, a, b, c, d, gate);
      const auto borders = at::empty({s.clips, s.chunks(), s.states, s.channels}, u.options());
      context->save_for_backward({u, delta, a, b, c, d, gate, borders});
      scan_forward(s, out.data_ptr<float>(), nullptr, borders.template data_ptr<float>());
    });
    return out;
  }

  static variable_list backward(AutogradContext* context, variable_list gradients) {
    const auto saved = context->get_saved_variables();
    const Tensor &u = saved[0], &delta = saved[1], &a = saved[2], &b = saved[3], &c = saved[4], &d = saved[5], &gate = saved[6], &borders = saved[7];
    const auto by = gradients[0].contiguous();
    const int64_t clips = u.size(0), parts = std::clamp<int64_t>(kParts / clips, 1, u.size(2) / kVector);
    const auto grad_u = at::empty_like(u), grad_delta = at::empty_like(delta), grad_gate = at::empty(gate.sizes(), gate.options()),
               grad_a = at::empty({clips, a.size(0), a.size(1)}, u.options()), grad_d = at::empty({clips, u.size(2)}, u.options()),
               grad_b = at::zeros({parts, clips, u.size(1), whole(a.size(0), kVector)}, u.options()), grad_c = at::zeros_like(grad_b);
    by_type(gate, [&](auto type) {
      using T = decltype(type);
      const Scan<T> s(u, delta, a, b, c, d, gate);
      const ScanGradients<T> to{grad_u.data_ptr<float>(), grad_delta.data_ptr<float>(), grad_a.data_ptr<float>(), grad_b.data_ptr<float>(),
                                grad_c.data_ptr<float>(), grad_d.data_ptr<float>(), s.gate ? grad_gate.data_ptr<T>() : nullptr};
      at::parallel_for(0, parts * clips, 1, [&](int64_t begin, int64_t end) {
        Backward<T> work(s, by.data_ptr<float>(), to);
        for (int64_t task = begin; task < end; task++) {
          const int64_t part = task / clips, rows = task * s.length * s.padded();
          for (int64_t block = s.blocks() * part / parts; block < s.blocks() * (part + 1) / parts; block++)
            work.differentiate(task % clips, block * kVector, borders.data_ptr<float>(), to.b + rows, to.c + rows);
        }
      });
    });
    return {grad_u, grad_delta, added_up(grad_a), added_up(grad_b).narrow(-1, 0, a.size(0)), added_up(grad_c).narrow(-1, 0, a.size(0)), added_up(grad_d),
            gate.numel() > 0 ? grad_gate : Tensor()};
  }
};

}  // namespace

// Exported by kernels.cpp. An undefined gate is none. With a state, (B, E, N), there are no gradients.
at::Tensor fused_selective_scan(const at::Tensor& u, const at::Tensor& delta, const at::Tensor& a, const at::Tensor& b, const at::Tensor& c,
                                const at::Tensor& d, const at::Tensor& gate, const at::Tensor& state) {
  TORCH_CHECK(u.dim() == 3 && u.numel() > 0 && u.size(2) % kRow == 0 && a.dim() == 2 && a.size(0) == u.size(2),
              "expects u (B, T, E), E a multiple of 16, and A (E, N), got ", u.sizes(), ", ", a.sizes());
  const std::vector<int64_t> of_tokens{u.size(0), u.size(1), a.size(1)}, of_states{u.size(0), u.size(2), a.size(1)};
  TORCH_CHECK(delta.sizes() == u.sizes() && b.sizes() == of_tokens && c.sizes() == of_tokens && d.dim() == 1 && d.size(0) == u.size(2) &&
                  (!gate.defined() || gate.sizes() == u.sizes()) && (!state.defined() || state.sizes() == of_states),
              "expects delta and a gate like u, B and C (B, T, N), D (E) and a state (B, E, N); u is ", u.sizes());
  for (const auto& x : {u, delta, a, b, c, d, state})
    TORCH_CHECK(!x.defined() || (x.device().is_cpu() && x.scalar_type() == at::kFloat), "expects float32 tensors on the CPU");
  if (gate.defined()) require_cpu_float(gate);
  const auto rows = !gate.defined() ? at::empty({0}, u.options()) : gate.stride(-1) == 1 ? gate : gate.contiguous();
  const auto turned = a.t().contiguous();
  if (!state.defined())
    return SelectiveScan::apply(u.contiguous(), delta.contiguous(), turned, b.contiguous(), c.contiguous(), d.contiguous(), rows);

  const at::NoGradGuard nothing;
  const auto of_u = u.contiguous(), of_delta = delta.contiguous(), of_b = b.contiguous(), of_c = c.contiguous(), of_d = d.contiguous(),
             out = at::empty_like(of_u), states = state.transpose(1, 2).contiguous();
  by_type(rows, [&](auto type) {
    scan_forward(Scan<decltype(type)>(of_u, of_delta, turned, of_b, of_c, of_d, rows), out.data_ptr<float>(), states.data_ptr<float>(), nullptr);
  });
  state.copy_(states.transpose(1, 2));
  return out;
}
