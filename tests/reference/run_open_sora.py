"""Golden runs of the early Open-Sora's DiT in its three forms: cross, cross-adaln and concat.

Run by hand:  python3 tests/reference/run_open_sora.py
Writes        tests/TinySora.Engine.Tests/Golden/runs/open-sora-{cross,cross-adaln,concat}.json

Checked against the published code, unmodified, of 27 February 2024 (cross) and 29 February 2024 (the others), in float64, with its padding and masks:
losses to 2e-15, weights to 1e-13, averages to 1e-14, samples to 1e-10 of 780.

Clips of two sizes and, where patches attend to texts, texts of two lengths come padded, with masks; here each is computed by itself, without. A clip's
loss is the mean over its own elements (the published code divides by the padded size). A sample is guided, over ten of a thousand
levels; over two of cross, which nothing keeps from growing.
"""
import torch
from torch import nn
import torch.nn.functional as F

from golden_runs import STEPS, Chance, Run, examples, fill, named, noise
from latent_diffusion import Level, Mlp, Process, attend, cut, normalized, waves

SEED, BATCH, EXAMPLES = 15, 2, 6
CHANNELS, PADDED, PATCH, WIDTH, HEADS, TEXT = 3, (2, 6, 6), 2, 16, 2, 10
DROPPED, DECAY, SCALE, SAMPLE_SEEDS = 0.3, 0.99, 4.0, [5, 6]  # of the published decay, 0.9999, float32 would leave little in ten steps


def size(k):
    """Frames, rows and columns of example k."""
    return [(2, 4, 6), (2, 6, 4)][k % 2]


def text(k, form):
    return noise(4000 + k, 5 if form == "concat" or k % 2 else 3, TEXT)


def positions(count):
    """Numbers of a sequence in rows of 512, columns first."""
    s = torch.arange(count)
    return torch.cat((waves(s % 512, WIDTH // 2), waves(s // 512, WIDTH // 2)), -1)


class Attention(nn.Module):
    def __init__(self, of_keys):
        super().__init__()
        self.to_q, self.to_k, self.to_v = nn.Linear(WIDTH, WIDTH), nn.Linear(of_keys, WIDTH), nn.Linear(of_keys, WIDTH)
        self.to_out = nn.Sequential(nn.Linear(WIDTH, WIDTH))

    def forward(self, x, context):
        return self.to_out(attend(self.to_q(x), self.to_k(context), self.to_v(context), HEADS))


class Block(nn.Module):
    def __init__(self, form):
        super().__init__()
        self.attn, self.mlp = Attention(WIDTH if form == "concat" else TEXT), Mlp(WIDTH)
        if form != "cross":
            self.adaLN_modulation = nn.Sequential(nn.SiLU(), nn.Linear(WIDTH, 6 * WIDTH))

    def forward(self, x, level, context):
        if not hasattr(self, "adaLN_modulation"):
            x = x + self.attn(normalized(x), context)
            return x + self.mlp(normalized(x))
        shift, scale, gate, shift2, scale2, gate2 = self.adaLN_modulation(level)[:, None].chunk(6, -1)
        h = normalized(x) * (1 + scale) + shift
        x = x + gate * self.attn(h, h if context is None else context)
        return x + gate2 * self.mlp(normalized(x) * (1 + scale2) + shift2)


class Final(nn.Module):
    def __init__(self, form):
        super().__init__()
        self.linear = nn.Linear(WIDTH, 2 * CHANNELS * PATCH * PATCH)
        if form != "cross":
            self.adaLN_modulation = nn.Sequential(nn.SiLU(), nn.Linear(WIDTH, 2 * WIDTH))

    def forward(self, x, level):
        if not hasattr(self, "adaLN_modulation"):
            return self.linear(x)
        shift, scale = self.adaLN_modulation(level)[:, None].chunk(2, -1)
        return self.linear(normalized(x) * (1 + scale) + shift)


class Projection(nn.Module):
    def __init__(self, layer):
        super().__init__()
        self.proj = layer


class DiT(nn.Module):
    def __init__(self, form):
        super().__init__()
        self.form = form
        self.video_embedder, self.t_embedder = Projection(nn.Conv2d(CHANNELS, WIDTH, PATCH)), Level(TEXT if form == "cross" else WIDTH)
        self.blocks, self.final_layer = nn.ModuleList([Block(form) for _ in range(2)]), Final(form)
        if form == "concat":
            self.text_embedder = Projection(nn.Linear(TEXT, WIDTH))

    def forward(self, x, t, text):
        """Noise and variance of clips (B, C, F, H, W) without padding, given texts (B, L, D)."""
        b, _, f, h, w = x.shape
        level = self.t_embedder(t)
        proj = self.video_embedder.proj
        x = cut(x, PATCH).flatten(1, 2) @ proj.weight.flatten(1).T + proj.bias
        patches = x.shape[1]
        if self.form == "concat":
            x, text = torch.cat((self.text_embedder.proj(text), x), 1), None
        elif self.form == "cross":
            text = text + level[:, None]
        x = x + positions(x.shape[1])
        for block in self.blocks:
            x = block(x, level, text)
        x = self.final_layer(x[:, -patches:], level)
        return x.view(b, f, h // PATCH, w // PATCH, -1, PATCH, PATCH).permute(0, 4, 1, 2, 5, 3, 6).reshape(b, -1, f, h, w)


def draws(step):
    chance = Chance.of(SEED, step)
    return chance.whole(1000, BATCH), chance.normal(BATCH, CHANNELS, *PADDED), chance.uniform(BATCH) < DROPPED


def loss(model, process, step):
    levels, eps, dropped = draws(step)
    losses = []
    for i, k in enumerate(examples(step, BATCH, EXAMPLES)):
        f, h, w = size(k)
        own = lambda x: x[None, :, :f, :h, :w]
        states = text(k, model.form)[None] * (not dropped[i])
        losses.append(process.loss(lambda x, t: model(x, t, states), own(noise(3000 + k, CHANNELS, *PADDED)), levels[i:i + 1], own(eps[i])).mean())
    return torch.stack(losses).mean()


def train(model):
    run, process, optimizer = Run(model), Process.linear(), torch.optim.Adam(model.parameters(), lr=1e-4)
    average = {name: p.detach().clone() for name, p in named(model).items()}
    for step in range(STEPS):
        run.step(loss(model, process, step), optimizer)
        for name, p in named(model).items():
            average[name] = DECAY * average[name] + (1 - DECAY) * p.detach()
    return run, average


def sample(model):
    chances, shape = [Chance(seed) for seed in SAMPLE_SEEDS], (CHANNELS, *size(0))
    states = torch.stack([text(1, model.form), text(3, model.form)])

    def predict(x, level):
        t = torch.full((2,), level)
        (to, variance), (origin, _) = model(x, t, states).chunk(2, 1), model(x, t, torch.zeros_like(states)).chunk(2, 1)
        return torch.cat((origin + SCALE * (to - origin), variance), 1)

    return Process.linear().even(2 if model.form == "cross" else 10).sample(predict, lambda: torch.stack([chance.normal(*shape) for chance in chances]))


def computed(form):
    run, average = train(fill(DiT(form)))
    other = fill(DiT(form))
    other.load_state_dict(average)
    return run, average, sample(other)


def main():
    for form in ("cross", "cross-adaln", "concat"):
        run, average, drawn = computed(form)
        run.write(f"open-sora-{form}", average=run.changes(average), sample=drawn)


if __name__ == "__main__":
    main()
