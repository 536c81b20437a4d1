"""Tiny SORA's diffusion written plainly in PyTorch, and golden values of it: tables, losses, a whole sampling run.

Run by hand:  python3 tests/reference/diffusion_reference.py
Writes        tests/TinySora.Engine.Tests/Golden/diffusion.json

Made with PyTorch 1.13.1, float64 throughout.
"""
import json
import math

import torch

from unet3d_reference import CASES, GOLDEN, build, inputs, noise, rounded


def tables(T, s=0.008):
    f = lambda i: math.cos((i / T + s) / (1 + s) * math.pi / 2) ** 2
    betas = torch.tensor([min(max(1 - f(i + 1) / f(i), 0), 0.9999) for i in range(T)], dtype=torch.float64)
    alphas = 1 - betas
    bar = alphas.cumprod(0)
    prev = torch.cat((torch.ones(1, dtype=torch.float64), bar[:-1]))
    variance = betas * (1 - prev) / (1 - bar)
    return dict(
        betas=betas, alphas_cumprod=bar, alphas_cumprod_prev=prev, sqrt_alphas_cumprod=bar.sqrt(),
        sqrt_one_minus_alphas_cumprod=(1 - bar).sqrt(), log_one_minus_alphas_cumprod=(1 - bar).log(),
        sqrt_recip_alphas_cumprod=(1 / bar).sqrt(), sqrt_recipm1_alphas_cumprod=(1 / bar - 1).sqrt(),
        posterior_variance=variance, posterior_log_variance_clipped=variance.clamp(min=1e-20).log(),
        posterior_mean_coef1=betas * prev.sqrt() / (1 - bar), posterior_mean_coef2=(1 - prev) * alphas.sqrt() / (1 - bar))


def threshold(x0, percentile):
    s = 1.0
    if percentile is not None:
        s = torch.quantile(x0.flatten(1).abs(), percentile, dim=1).clamp(min=1).view(-1, 1, 1, 1, 1)
        return torch.maximum(torch.minimum(x0, s), -s) / s
    return x0.clamp(-s, s)


def sample(T, cond_scale, percentile):
    """The published sampler: guidance by two passes, noise number t injected before step t."""
    model = build(CASES["published"])
    t, (x, _, cond, _) = tables(T), inputs(CASES["published"])
    yes, no = torch.tensor([True, True]), torch.tensor([False, False])
    with torch.no_grad():
        x = noise(3000, *x.shape)
        for i in reversed(range(T)):
            time = torch.full((2,), i, dtype=torch.float64)
            null = model(x, time, cond, dropped=yes)
            eps = null + (model(x, time, cond, dropped=no) - null) * cond_scale
            x0 = t["sqrt_recip_alphas_cumprod"][i] * x - t["sqrt_recipm1_alphas_cumprod"][i] * eps
            mean = t["posterior_mean_coef1"][i] * threshold(x0, percentile) + t["posterior_mean_coef2"][i] * x
            x = mean + (0.5 * t["posterior_log_variance_clipped"][i]).exp() * noise(3000 + i, *x.shape) if i > 0 else mean
    return (x + 1) / 2


def main():
    x0 = noise(4000, 2, 3, 5, 8, 8) * 2
    golden = dict(
        tables={str(T): {k: rounded(v) for k, v in tables(T).items()} for T in (1, 10, 25)},
        thresholded=dict(percentile=0.9, values=rounded(threshold(x0, 0.9)[:, 0, 0])),
        samples=[dict(timesteps=10, cond_scale=w, percentile=p, values=rounded(sample(10, w, p)[:, :, -1]))
                 for w, p in ((1.0, None), (2.0, None), (2.0, 0.9))])
    (GOLDEN / "diffusion.json").write_text(json.dumps(golden, separators=(",", ":")) + "\n")


if __name__ == "__main__":
    main()
