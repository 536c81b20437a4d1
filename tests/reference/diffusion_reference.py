"""Tiny SORA's diffusion written plainly in PyTorch, and golden values of it: tables, losses, whole sampling runs, training steps.

Run by hand:  python3 tests/reference/diffusion_reference.py
Writes        tests/TinySora.Engine.Tests/Golden/diffusion.json

Objectives and samplers are written as their papers do, with alpha-bar, lambda or t, and not as the engine has them. Made with
PyTorch 1.13.1, float64 throughout.
"""
import json
import math

import torch

from unet3d_reference import CASES, GOLDEN, build, inputs, noise, rounded


def cosine_betas(T, s=0.008):
    f = lambda i: math.cos((i / T + s) / (1 + s) * math.pi / 2) ** 2
    return torch.tensor([min(max(1 - f(i + 1) / f(i), 0), 0.9999) for i in range(T)], dtype=torch.float64)


def linear_betas(T):
    assert T == 1000
    return torch.linspace(1e-4, 0.02, T, dtype=torch.float64)


def tables(betas):
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


def guided(cond_scale):
    """The small published model with formula weights, guided by two passes."""
    model = build(CASES["published"])
    x, _, cond, _ = inputs(CASES["published"])
    yes, no = torch.tensor([True, True]), torch.tensor([False, False])

    def predict(x, i):
        time = torch.full((2,), i, dtype=torch.float64)
        null = model(x, time, cond, dropped=yes)
        return null + (model(x, time, cond, dropped=no) - null) * cond_scale

    return predict, list(x.shape)


def ddpm(T, cond_scale, percentile):
    """The published sampler; the noise after level i is number 3000 + i."""
    predict, shape = guided(cond_scale)
    t = tables(cosine_betas(T))
    x = noise(3000, *shape)
    for i in reversed(range(T)):
        x0 = t["sqrt_recip_alphas_cumprod"][i] * x - t["sqrt_recipm1_alphas_cumprod"][i] * predict(x, i)
        mean = t["posterior_mean_coef1"][i] * threshold(x0, percentile) + t["posterior_mean_coef2"][i] * x
        x = mean + (0.5 * t["posterior_log_variance_clipped"][i]).exp() * noise(3000 + i, *shape) if i > 0 else mean
    return x


def trailing(T, steps):
    levels = [math.floor(T * (1 - i / steps) + 0.5) - 1 for i in range(steps)]
    return list(zip(levels, levels[1:] + [-1]))


def ddim_x0_linear(T, steps, eta, cond_scale):
    predict, shape = guided(cond_scale)
    bars = tables(linear_betas(T))["alphas_cumprod"]
    x = noise(3000, *shape)
    for number, (i, j) in enumerate(trailing(T, steps)):
        bar, then = bars[i], bars[j] if j >= 0 else torch.tensor(1.0, dtype=torch.float64)
        x0 = predict(x, i).clamp(-1, 1)
        eps = (x - bar.sqrt() * x0) / (1 - bar).sqrt()
        deviation = eta * ((1 - then) / (1 - bar)).sqrt() * (1 - bar / then).sqrt()
        x = then.sqrt() * x0 + (1 - then - deviation ** 2).sqrt() * eps
        x = x + deviation * noise(3001 + number, *shape) if j >= 0 else x
    return x


def dpm_solver_v_cosine(T, steps, cond_scale):
    """DPM-Solver++(2M), algorithm 2 of Lu et al. 2022, first order in the last step."""
    predict, shape = guided(cond_scale)
    bars = tables(cosine_betas(T))["alphas_cumprod"]
    alpha = lambda i: bars[i].sqrt()
    sigma = lambda i: (1 - bars[i]).sqrt()
    lam = lambda i: (alpha(i) / sigma(i)).log()
    x, before = noise(3000, *shape), None
    for i, j in trailing(T, steps):
        x0 = (alpha(i) * x - sigma(i) * predict(x, i)).clamp(-1, 1)
        if j < 0:
            return x0
        h, D = lam(j) - lam(i), x0
        if before is not None:
            r = (lam(i) - lam(before[0])) / h
            D = (1 + 1 / (2 * r)) * x0 - 1 / (2 * r) * before[1]
        x, before = sigma(j) / sigma(i) * x - alpha(j) * ((-h).exp() - 1) * D, (i, x0)


def flow_ode(T, steps, heun, cond_scale):
    """dx/dt = u(x, t) from t = 1 to 0; clamping the implied clean clip x - t u changes u."""
    predict, shape = guided(cond_scale)

    def velocity(x, i):
        t = (i + 1) / T
        return (x - (x - t * predict(x, i)).clamp(-1, 1)) / t

    x = noise(3000, *shape)
    for i, j in trailing(T, steps):
        dt, u = (j - i) / T, velocity(x, i)
        if heun and j >= 0:
            u = (u + velocity(x + dt * u, j)) / 2
        x = x + dt * u
    return x


SAMPLES = [  # objective, schedule, sampler, eta, percentile, T, steps, guidance, run
    ("noise", "cosine", "ddpm", None, None, 10, 10, 1.0, lambda: ddpm(10, 1.0, None)),
    ("noise", "cosine", "ddpm", None, None, 10, 10, 2.0, lambda: ddpm(10, 2.0, None)),
    ("noise", "cosine", "ddpm", None, 0.9, 10, 10, 2.0, lambda: ddpm(10, 2.0, 0.9)),
    ("x0", "linear", "ddim", 0.5, None, 1000, 4, 2.0, lambda: ddim_x0_linear(1000, 4, 0.5, 2.0)),
    ("v", "cosine", "dpm++2m", None, None, 100, 5, 2.0, lambda: dpm_solver_v_cosine(100, 5, 2.0)),
    ("flow", "cosine", "euler", None, None, 20, 4, 2.0, lambda: flow_ode(20, 4, False, 2.0)),
    ("flow", "cosine", "heun", None, None, 20, 4, 2.0, lambda: flow_ode(20, 4, True, 2.0)),
]


def sample(objective, schedule, sampler, eta, percentile, T, steps, cond_scale, run):
    with torch.no_grad():
        clip = (run() + 1) / 2
    return dict(objective=objective, schedule=schedule, sampler=sampler, eta=eta, percentile=percentile, timesteps=T, steps=steps,
                cond_scale=cond_scale, values=rounded(clip.clamp(0, 1)[:, :, -1]))


def noised(x0, eps, t, T, objective, schedule):
    """The noisy clips and what the network must say of them; and the signal-to-noise ratio."""
    if objective == "flow":
        time = ((t + 1) / T).view(-1, 1, 1, 1, 1)
        return (1 - time) * x0 + time * eps, eps - x0, None
    bar = tables((linear_betas if schedule == "linear" else cosine_betas)(T))["alphas_cumprod"][t].view(-1, 1, 1, 1, 1)
    target = dict(noise=eps, x0=x0, v=bar.sqrt() * eps - (1 - bar).sqrt() * x0)[objective]
    return bar.sqrt() * x0 + (1 - bar).sqrt() * eps, target, bar / (1 - bar)


def loss(objective, schedule, kind, gamma, T, t):
    model = build(CASES["published"])
    _, _, cond, flags = inputs(CASES["published"])
    x0, eps, t = noise(5000, 2, 3, 5, 8, 8), noise(5001, 2, 3, 5, 8, 8), torch.tensor(t)
    x, target, snr = noised(x0, eps, t, T, objective, schedule)
    error = model(x, t.double(), cond, **flags) - target
    error = error.abs() if kind == "l1" else error ** 2
    if gamma is not None:  # Hang et al. 2023, section 3.4
        least = snr.clamp(max=gamma)
        error = error * dict(noise=least / snr, x0=least, v=least / (snr + 1))[objective]
    error.mean().backward()
    return dict(objective=objective, schedule=schedule, loss_type=kind, min_snr_gamma=gamma, timesteps=T, levels=t.tolist(),
                loss=error.mean().item(), gradient=torch.cat([p.grad.flatten() for p in model.parameters()]).norm().item())


def summaries(model, of):
    """Of each parameter: its length, and its projection on one direction."""
    return {key: rounded([of(p).norm(), (of(p) * noise(2000, *p.shape)).sum()]) for key, p in sorted(model.named_parameters())}


LOSSES = [("noise", "cosine", "l1", None, 10, [2, 9]), ("v", "cosine", "l2", None, 10, [0, 6]), ("x0", "linear", "l2", None, 1000, [10, 900]),
          ("flow", "cosine", "l2", None, 20, [0, 19]), ("noise", "cosine", "l2", 5.0, 10, [0, 6]), ("v", "linear", "l2", 5.0, 1000, [20, 500]),
          ("x0", "cosine", "l2", 5.0, 10, [1, 5])]


def training(steps=5, lr=1e-3, beta=0.8, start=2):
    """Optimizer steps with Adam and a moving average that is a copy before the step it starts at."""
    model, T = build(CASES["published"]), 10
    _, _, cond, flags = inputs(CASES["published"])
    adam = torch.optim.Adam(model.parameters(), lr=lr)
    average, losses = {}, []
    for step in range(steps):
        x0, eps, t = noise(6000 + step, 2, 3, 5, 8, 8), noise(7000 + step, 2, 3, 5, 8, 8), torch.tensor([step, 9 - step])
        x, target, _ = noised(x0, eps, t, T, "noise", "cosine")
        error = ((model(x, t.double(), cond, **flags) - target) ** 2).mean()
        adam.zero_grad()
        error.backward()
        adam.step()
        losses.append(error.item())
        with torch.no_grad():
            for key, p in model.named_parameters():
                average[key] = p.clone() if step < start else beta * average[key] + (1 - beta) * p
    return dict(steps=steps, lr=lr, ema_decay=beta, step_start_ema=start, losses=losses, weights=summaries(model, lambda p: p.detach()),
                average={key: rounded([average[key].norm(), (average[key] * noise(2000, *p.shape)).sum()])
                         for key, p in sorted(model.named_parameters())})


def main():
    x0 = noise(4000, 2, 3, 5, 8, 8) * 2
    golden = dict(
        tables={str(T): {k: rounded(v) for k, v in tables(cosine_betas(T)).items()} for T in (1, 10, 25)},
        linear=rounded(tables(linear_betas(1000))["alphas_cumprod"][::111]),
        thresholded=dict(percentile=0.9, values=rounded(threshold(x0, 0.9)[:, 0, 0])),
        samples=[sample(*case) for case in SAMPLES],
        losses=[loss(*case) for case in LOSSES],
        training=training())
    (GOLDEN / "diffusion.json").write_text(json.dumps(golden, separators=(",", ":")) + "\n")


if __name__ == "__main__":
    main()
