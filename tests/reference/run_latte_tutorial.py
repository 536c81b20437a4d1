"""A golden run of the Latte tutorial's transformer, with pictures beside the films, and its whole reverse process.

Run by hand:  python3 tests/reference/run_latte_tutorial.py
Writes        tests/TinySora.Engine.Tests/Golden/runs/tutorial-transformer.json

Checked against the published code, unmodified, in float64: losses to 2e-15, weights to 3e-14, the sample to 2e-12 of 1067.
"""
import torch
from torch import nn
import torch.nn.functional as F

from golden_runs import STEPS, Chance, Run, examples, fill, noise
from latent_diffusion import attend, normalized, places, waves

SEED, BATCH, EXAMPLES, LEVELS = 16, 2, 6, 1000
SHAPE, IMAGES, PATCH, WIDTH, HEADS = (3, 3, 6, 6), 2, 2, 16, 2
ROWS, NUMBERS = SHAPE[2] // PATCH, SHAPE[0] * PATCH * PATCH
SAMPLE_SEEDS = [5, 6]
BETAS = torch.linspace(1e-4, 0.02, LEVELS, dtype=torch.float64)
BARS = (1 - BETAS).cumprod(0)


class Attention(nn.Module):
    def __init__(self):
        super().__init__()
        self.qkv_proj, self.output_proj = nn.Linear(WIDTH, 3 * WIDTH), nn.Sequential(nn.Linear(WIDTH, WIDTH))

    def forward(self, x):
        return self.output_proj(attend(*self.qkv_proj(x).chunk(3, -1), HEADS))


class Layer(nn.Module):
    def __init__(self):
        super().__init__()
        self.attn_block = Attention()
        self.mlp_block = nn.Sequential(nn.Linear(WIDTH, 4 * WIDTH), nn.GELU(approximate="tanh"), nn.Linear(4 * WIDTH, WIDTH))
        self.adaptive_norm_layer = nn.Sequential(nn.SiLU(), nn.Linear(WIDTH, 6 * WIDTH))

    def forward(self, x, level, in_time):
        shift, scale, gate, shift2, scale2, gate2 = self.adaptive_norm_layer(level)[:, None, None].chunk(6, -1)
        h = normalized(x) * (1 + scale) + shift
        x = x + gate * (self.attn_block(h.transpose(1, 2)).transpose(1, 2) if in_time else self.attn_block(h))
        return x + gate2 * self.mlp_block(normalized(x) * (1 + scale2) + shift2)


class Patches(nn.Module):
    def __init__(self):
        super().__init__()
        self.patch_embed = nn.Sequential(nn.Linear(NUMBERS, WIDTH))


class Transformer(nn.Module):
    def __init__(self):
        super().__init__()
        self.patch_embed_layer = Patches()
        self.t_proj = nn.Sequential(nn.Linear(256, WIDTH), nn.SiLU(), nn.Linear(WIDTH, WIDTH))
        self.layers = nn.ModuleList([Layer() for _ in range(4)])
        self.adaptive_norm_layer = nn.Sequential(nn.SiLU(), nn.Linear(WIDTH, 2 * WIDTH))
        self.proj_out = nn.Linear(WIDTH, NUMBERS)

    def forward(self, x, t, images=0):
        """The noise in clips (B, C, F + images, H, W): a patch is row, column, channel."""
        b, c, f, h, w = x.shape
        x = x.view(b, c, f, ROWS, PATCH, ROWS, PATCH).permute(0, 2, 3, 5, 4, 6, 1).reshape(b, f, -1, NUMBERS)
        x = self.patch_embed_layer.patch_embed(x) + places(ROWS, ROWS, WIDTH, rows_first=True)
        level = self.t_proj(waves(t, 256))
        for i, layer in enumerate(self.layers):
            film, pictures = x[:, :f - images], x[:, f - images:]
            if i == 1:
                film = film + waves(torch.arange(f - images), WIDTH)[:, None]
            x = layer(x, level, False) if i % 2 == 0 else torch.cat((layer(film, level, True), pictures), 1)
        shift, scale = self.adaptive_norm_layer(level)[:, None, None].chunk(2, -1)
        x = self.proj_out(normalized(x) * (1 + scale) + shift)
        return x.view(b, f, ROWS, ROWS, PATCH, PATCH, c).permute(0, 6, 1, 2, 4, 3, 5).reshape(b, c, f, h, w)


def latents(k):
    """Of example k, its pictures behind its film."""
    c, f, h, w = SHAPE
    return noise(3000 + k, c, f + IMAGES, h, w)


def draws(step):
    chance = Chance.of(SEED, step)
    return chance.whole(LEVELS, BATCH), chance.normal(BATCH, *latents(0).shape)


def train(model):
    run, optimizer = Run(model), torch.optim.AdamW(model.parameters(), lr=1e-4, weight_decay=0)
    for step in range(STEPS):
        x0 = torch.stack([latents(k) for k in examples(step, BATCH, EXAMPLES)])
        levels, eps = draws(step)
        bar = BARS[levels].view(-1, 1, 1, 1, 1)
        run.step(F.mse_loss(model(bar.sqrt() * x0 + (1 - bar).sqrt() * eps, levels, IMAGES), eps), optimizer)
    return run


@torch.no_grad()
def sample(model):
    chances = [Chance(seed) for seed in SAMPLE_SEEDS]
    draw = lambda: torch.stack([chance.normal(*SHAPE) for chance in chances])
    x = draw()
    for t in reversed(range(LEVELS)):
        eps = model(x, torch.full((2,), t))
        x = (x - BETAS[t] / (1 - BARS[t]).sqrt() * eps) / (1 - BETAS[t]).sqrt()
        if t > 0:
            x = x + (BETAS[t] * (1 - BARS[t - 1]) / (1 - BARS[t])).sqrt() * draw()
    return x


def computed():
    run = train(fill(Transformer()))
    return run, sample(run.model)


def main():
    run, drawn = computed()
    run.write("tutorial-transformer", sample=drawn)
    print(drawn.abs().max())


if __name__ == "__main__":
    main()
