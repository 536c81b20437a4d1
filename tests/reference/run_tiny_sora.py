"""A golden run of Tiny SORA: the U-Net with text vectors, Adam, the average of the weights, and a guided DDPM sample of that.

Run by hand:  python3 tests/reference/run_tiny_sora.py
Writes        tests/TinySora.Engine.Tests/Golden/runs/tiny-sora.json

Checked against the published network, loss and sampler, unmodified but brought to float64, with the same weights, data and noise: largest difference
of a loss 6e-11, of a weight and of the average 1e-9, of a sample 2e-9. The package of its rotary embedding was not at hand: a stand-in took its place.
The steps are a loop of our own, since the published trainer takes no gradient where there is text.
"""
import torch

from diffusion_reference import cosine_betas, tables, threshold
from golden_runs import STEPS, Chance, Run, clip, examples, fill, named, noise
from unet3d_reference import Unet3D

SEED, BATCH, EXAMPLES, LEVELS = 11, 2, 6, 10
OPTIONS = dict(dim=8, dim_mults=[1, 2], init_kernel_size=7, cond_dim=6, attn_heads=2, attn_dim_head=16)
SHAPE = [3, 4, 8, 8]
DROPPED, FOCUSED = 0.3, 0.3
DECAY, AVERAGED_FROM, AVERAGED_EVERY = 0.9, 4, 2
SCALE, PERCENTILE, SAMPLE_SEEDS = 3.0, 0.9, [5, 6]


def draws(step):
    """Levels, noise, who goes without text, whose frames see only themselves."""
    chance = Chance.of(SEED, step)
    return (chance.whole(LEVELS, BATCH), chance.normal(BATCH, *SHAPE), chance.uniform(BATCH) < DROPPED, chance.uniform(BATCH) < FOCUSED)


def text(k):
    return noise(4000 + k, OPTIONS["cond_dim"])


def train(model, run, average):
    table = tables(cosine_betas(LEVELS))
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-4)
    for step in range(STEPS):
        batch = examples(step, BATCH, EXAMPLES)
        levels, eps, dropped, focused = draws(step)
        x0 = torch.stack([clip(k, *SHAPE) for k in batch]) * 2 - 1
        of = lambda name: table[name][levels].view(-1, 1, 1, 1, 1)
        x = of("sqrt_alphas_cumprod") * x0 + of("sqrt_one_minus_alphas_cumprod") * eps
        predicted = model(x, levels.double(), torch.stack([text(k) for k in batch]), dropped, focused)
        run.step((predicted - eps).abs().mean(), optimizer)
        if step % AVERAGED_EVERY == 0:
            for name, p in named(model).items():
                average[name] = p.detach().clone() if step < AVERAGED_FROM else DECAY * average[name] + (1 - DECAY) * p.detach()


@torch.no_grad()
def sample(model):
    table = tables(cosine_betas(LEVELS))
    chances = [Chance(seed) for seed in SAMPLE_SEEDS]
    draw = lambda: torch.stack([chance.normal(*SHAPE) for chance in chances])
    cond, x = torch.stack([text(0), text(1)]), draw()
    yes, no = torch.tensor([True, True]), torch.tensor([False, False])
    for t in reversed(range(LEVELS)):
        time = torch.full((2,), t, dtype=torch.float64)
        null = model(x, time, cond, yes)
        eps = null + SCALE * (model(x, time, cond, no) - null)
        x0 = threshold(table["sqrt_recip_alphas_cumprod"][t] * x - table["sqrt_recipm1_alphas_cumprod"][t] * eps, PERCENTILE)
        x = table["posterior_mean_coef1"][t] * x0 + table["posterior_mean_coef2"][t] * x
        if t > 0:
            x = x + (0.5 * table["posterior_log_variance_clipped"][t]).exp() * draw()
    return ((x + 1) / 2).clamp(0, 1)


def main():
    model = fill(Unet3D(**OPTIONS))
    run, average = Run(model), {}
    train(model, run, average)
    changes = run.changes(average)
    other = fill(Unet3D(**OPTIONS))
    other.load_state_dict(average, strict=False)
    run.write("tiny-sora", average=changes, sample=sample(other))


if __name__ == "__main__":
    main()
