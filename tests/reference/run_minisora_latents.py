"""Golden runs of minisora's transformers over latents: Latte and ST-DiT, both with a learned variance.

Run by hand:  python3 tests/reference/run_minisora_latents.py
Writes        tests/TinySora.Engine.Tests/Golden/runs/{latte,st-dit}.json

Checked against the published code, unmodified, in float64: largest difference of a loss 3e-13, of a weight 5e-14, of a sample 4e-12 of 779.

Latents are normalized already; a sample is ancestral over ten of a thousand levels.
"""
import torch
from torch import nn
import torch.nn.functional as F

from golden_runs import STEPS, Chance, Run, examples, fill, noise
from latent_diffusion import Level, Mlp, Process, SelfAttention, cut, joined, normalized, places, waves

SEED, BATCH, EXAMPLES = 55, 2, 6  # the fifth step has the cleanest level, which has a bound of its own
SHAPE, PATCH, WIDTH, HEADS = (3, 4, 6, 6), 2, 16, 2
ROWS = SHAPE[2] // PATCH
SAMPLE_STEPS, SAMPLE_SEEDS = 10, [5, 6]


def modulated(x, shift, scale):
    """shift, scale: (B, C) for (B, F, S, C)."""
    return normalized(x) * (1 + scale[:, None, None]) + shift[:, None, None]


class Patches(nn.Module):
    def __init__(self, frames):
        super().__init__()
        kernel = [1] * frames + [PATCH, PATCH]
        self.proj = nn.Conv3d(SHAPE[0], WIDTH, kernel) if frames else nn.Conv2d(SHAPE[0], WIDTH, kernel)

    def forward(self, x):
        return cut(x, PATCH) @ self.proj.weight.flatten(1).T + self.proj.bias


class LatteBlock(nn.Module):
    def __init__(self):
        super().__init__()
        self.attn, self.mlp = SelfAttention(WIDTH, HEADS), Mlp(WIDTH)
        self.adaLN_modulation = nn.Sequential(nn.SiLU(), nn.Linear(WIDTH, 6 * WIDTH))

    def forward(self, x, level, in_time):
        m = self.adaLN_modulation(level).chunk(6, -1)
        h = modulated(x, m[0], m[1])
        h = self.attn(h.transpose(1, 2)).transpose(1, 2) if in_time else self.attn(h)
        x = x + m[2][:, None, None] * h
        return x + m[5][:, None, None] * self.mlp(modulated(x, m[3], m[4]))


class LatteFinal(nn.Module):
    def __init__(self):
        super().__init__()
        self.linear = nn.Linear(WIDTH, PATCH * PATCH * 2 * SHAPE[0])
        self.adaLN_modulation = nn.Sequential(nn.SiLU(), nn.Linear(WIDTH, 2 * WIDTH))

    def forward(self, x, level):
        return self.linear(modulated(x, *self.adaLN_modulation(level).chunk(2, -1)))


class Latte(nn.Module):
    def __init__(self):
        super().__init__()
        self.x_embedder, self.t_embedder = Patches(0), Level(WIDTH)
        self.blocks, self.final_layer = nn.ModuleList([LatteBlock() for _ in range(4)]), LatteFinal()

    def forward(self, x, t):
        level = self.t_embedder(t)
        x = self.x_embedder(x) + places(ROWS, ROWS, WIDTH)
        for i, block in enumerate(self.blocks):
            if i == 1:
                x = x + waves(torch.arange(SHAPE[1]), WIDTH)[:, None]
            x = block(x, level, in_time=i % 2 == 1)
        return joined(self.final_layer(x, level), PATCH, ROWS)


class StDitBlock(nn.Module):
    def __init__(self):
        super().__init__()
        self.attn, self.attn_temp, self.mlp = SelfAttention(WIDTH, HEADS), SelfAttention(WIDTH, HEADS), Mlp(WIDTH)
        self.scale_shift_table = nn.Parameter(torch.empty(6, WIDTH))

    def forward(self, x, shared, times):
        m = (shared.unflatten(-1, (6, WIDTH)) + self.scale_shift_table).unbind(1)
        x = x + m[2][:, None, None] * self.attn(modulated(x, m[0], m[1]))
        x = x + m[2][:, None, None] * self.attn_temp((x + times).transpose(1, 2)).transpose(1, 2)
        return x + m[5][:, None, None] * self.mlp(modulated(x, m[3], m[4]))


class StDitFinal(nn.Module):
    def __init__(self):
        super().__init__()
        self.linear = nn.Linear(WIDTH, PATCH * PATCH * 2 * SHAPE[0])
        self.scale_shift_table = nn.Parameter(torch.empty(2, WIDTH))

    def forward(self, x, level):
        return self.linear(modulated(x, *(level[:, None] + self.scale_shift_table).unbind(1)))


class StDit(nn.Module):
    def __init__(self):
        super().__init__()
        self.x_embedder, self.t_embedder = Patches(1), Level(WIDTH)
        self.t_block = nn.Sequential(nn.SiLU(), nn.Linear(WIDTH, 6 * WIDTH))
        self.blocks, self.final_layer = nn.ModuleList([StDitBlock() for _ in range(2)]), StDitFinal()

    def forward(self, x, t):
        level = self.t_embedder(t)
        shared = self.t_block(level)
        x = self.x_embedder(x) + places(ROWS, ROWS, WIDTH)
        times = waves(torch.arange(SHAPE[1]), WIDTH)[:, None]
        for i, block in enumerate(self.blocks):
            x = block(x, shared, times if i == 0 else 0)
        return joined(self.final_layer(x, level), PATCH, ROWS)


def latents(k):
    return noise(3000 + k, *SHAPE)


def draws(step):
    chance = Chance.of(SEED, step)
    return chance.whole(1000, BATCH), chance.normal(BATCH, *SHAPE)


def train(model, max_norm):
    """max_norm: what the gradient's norm is cut to in a step."""
    run, process = Run(model), Process.linear()
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-4)
    for step in range(STEPS):
        x0 = torch.stack([latents(k) for k in examples(step, BATCH, EXAMPLES)])
        levels, eps = draws(step)
        run.step(process.loss(model, x0, levels, eps).mean(), optimizer, max_norm(step))
    return run


def sample(model):
    chances = [Chance(seed) for seed in SAMPLE_SEEDS]
    return Process.linear().even(SAMPLE_STEPS).sample(
        lambda x, level: model(x, torch.full((len(x),), level)), lambda: torch.stack([chance.normal(*SHAPE) for chance in chances]))


CASES = {"latte": (Latte, lambda step: 0.5 if step >= 4 else None), "st-dit": (StDit, lambda step: 1.0)}


def computed(name):
    create, max_norm = CASES[name]
    model = fill(create())
    return train(model, max_norm), sample(model)


def main():
    for name in CASES:
        run, drawn = computed(name)
        run.write(name, sample=drawn)
        print(drawn.abs().max(), drawn.std())


if __name__ == "__main__":
    main()
