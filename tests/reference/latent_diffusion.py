"""Improved DDPM (Nichol and Dhariwal 2021) for latents: the loss with a learned variance, and respaced ancestral sampling. Float64.

What the golden runs of minisora and of Open-Sora share; written from the formulas of the paper.
"""
import math

import torch
from torch import nn
import torch.nn.functional as F


class Process:
    """A chain of noise levels by its alpha-bars, the cleanest first; `levels` says which ones of all they are, for the network."""

    def __init__(self, bars, levels):
        self.bars, self.levels = bars, levels
        before = torch.cat((torch.ones(1, dtype=torch.float64), bars[:-1]))
        self.betas = 1 - bars / before
        self.posterior = self.betas * (1 - before) / (1 - bars)
        self.log_posterior = torch.cat((self.posterior[1:2], self.posterior[1:])).log()  # that of the cleanest is minus infinity
        self.of_clean = self.betas * before.sqrt() / (1 - bars)
        self.of_noisy = (1 - before) * (1 - self.betas).sqrt() / (1 - bars)

    @staticmethod
    def linear(count=1000):
        return Process((1 - torch.linspace(1e-4, 0.02, count, dtype=torch.float64)).cumprod(0), list(range(count)))

    def even(self, steps):
        """Levels evenly spaced from the first to the last."""
        taken = [round(i * (len(self.levels) - 1) / (steps - 1)) for i in range(steps)]
        return Process(self.bars[taken], taken)

    def clean(self, x, eps, t):
        return (x - (1 - self.bars[t]).sqrt() * eps) / self.bars[t].sqrt()

    def log_variance(self, v, t):
        """v from -1, the posterior's, to 1, all noise that a step adds."""
        share = (v + 1) / 2
        return share * self.betas[t].log() + (1 - share) * self.log_posterior[t]

    def loss(self, predict, x0, levels, eps, valid=None):
        """Of each element: squared error of the noise, and the bound that teaches the variance (bits); (B, C, ...) all."""
        t = levels.view(-1, *(1,) * (x0.dim() - 1))
        x = self.bars[t].sqrt() * x0 + (1 - self.bars[t]).sqrt() * eps
        output, v = predict(x, levels).chunk(2, 1)
        guess = self.clean(x, output.detach(), t)
        log_variance = self.log_variance(v, t)
        mean, true = (self.of_clean[t] * start + self.of_noisy[t] * x for start in (guess, x0))
        log_posterior = self.log_posterior[t]
        divergence = 0.5 * (log_variance - log_posterior - 1 + (log_posterior - log_variance).exp() + (true - mean) ** 2 * (-log_variance).exp())
        bound = torch.where(t == 0, -log_likelihood(x0, mean, 0.5 * log_variance), divergence) / math.log(2)
        return (output - eps) ** 2 + bound

    @torch.no_grad()
    def sample(self, predict, draw):
        """predict(x, level): noise and variance in one; draw(): new noise."""
        x = draw()
        for i in reversed(range(len(self.levels))):
            eps, v = predict(x, self.levels[i]).chunk(2, 1)
            mean = self.of_clean[i] * self.clean(x, eps, i) + self.of_noisy[i] * x
            x = mean + (0.5 * self.log_variance(v, i)).exp() * draw() if i > 0 else mean
        return x


def cumulative(x):
    return 0.5 * (1 + torch.tanh(math.sqrt(2 / math.pi) * (x + 0.044715 * x ** 3)))


def log_likelihood(x, mean, log_deviation):
    """Of one of 256 values in [-1, 1]."""
    above, below = (cumulative((x - mean + way / 255) * (-log_deviation).exp()) for way in (1, -1))
    return torch.where(x < -0.999, above.clamp(min=1e-12).log(), torch.where(
        x > 0.999, (1 - below).clamp(min=1e-12).log(), (above - below).clamp(min=1e-12).log()))


def waves(positions, width, cosines_first=False):
    """(..., width)."""
    angles = positions.double()[..., None] * 10000 ** (-torch.arange(width // 2, dtype=torch.float64) / (width // 2))
    parts = [angles.sin(), angles.cos()]
    return torch.cat(parts[::-1] if cosines_first else parts, -1)


def places(rows, columns, width, rows_first=False):
    """(rows * columns, width): half of the width for columns, half for rows."""
    down = waves(torch.arange(rows), width // 2)[:, None].expand(rows, columns, -1)
    across = waves(torch.arange(columns), width // 2)[None].expand(rows, columns, -1)
    return torch.cat((down, across) if rows_first else (across, down), -1).flatten(0, 1)


def normalized(x):
    return F.layer_norm(x, x.shape[-1:], eps=1e-6)


class Level(nn.Module):
    """The noise level as a vector."""

    def __init__(self, width):
        super().__init__()
        self.mlp = nn.Sequential(nn.Linear(256, width), nn.SiLU(), nn.Linear(width, width))

    def forward(self, t):
        return self.mlp(waves(t, 256, cosines_first=True))


class Mlp(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.fc1, self.fc2 = nn.Linear(width, 4 * width), nn.Linear(4 * width, width)

    def forward(self, x):
        return self.fc2(F.gelu(self.fc1(x), approximate="tanh"))


def attend(q, k, v, heads, present=None):
    """(..., N, C); present: (..., M) booleans, which keys there are."""
    q, k, v = (y.unflatten(-1, (heads, -1)).transpose(-2, -3) for y in (q, k, v))
    logits = q @ k.transpose(-1, -2) / math.sqrt(q.shape[-1])
    if present is not None:
        logits = logits.masked_fill(~present[..., None, None, :], torch.finfo(torch.float32).min)
    return (logits.softmax(-1) @ v).transpose(-2, -3).flatten(-2)


class SelfAttention(nn.Module):
    def __init__(self, width, heads):
        super().__init__()
        self.heads, self.qkv, self.proj = heads, nn.Linear(width, 3 * width), nn.Linear(width, width)

    def forward(self, x):
        return self.proj(attend(*self.qkv(x).chunk(3, -1), self.heads))


def cut(x, p):
    """(B, C, F, H, W) to tokens (B, F, S, C p p)."""
    b, c, f, h, w = x.shape
    return x.view(b, c, f, h // p, p, w // p, p).permute(0, 2, 3, 5, 1, 4, 6).reshape(b, f, -1, c * p * p)


def joined(tokens, p, rows):
    """(B, F, S, p p C) to (B, C, F, H, W)."""
    b, f, s, n = tokens.shape
    return tokens.view(b, f, rows, s // rows, p, p, -1).permute(0, 6, 1, 2, 4, 3, 5).reshape(b, -1, f, rows * p, s // rows * p)
