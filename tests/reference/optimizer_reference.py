"""Writes tests/TinySora.Engine.Tests/Golden/optimizers.json: weights after each step of PyTorch's Adam and AdamW, and after five of Muon with the rows' norms of
NorMuon (arXiv 2510.05491, algorithm 1, with Jordan's Nesterov momentum and polynomial), written from its formulas, AdamW for the rest.

Run by hand:  python3 tests/reference/optimizer_reference.py      (made with PyTorch 1.13.1)
"""
import json
import pathlib

import torch

GOLDEN = pathlib.Path(__file__).parent.parent / "TinySora.Engine.Tests" / "Golden"


def wave(shift, count=12):
    return torch.sin(torch.arange(count, dtype=torch.float64) * 0.37 + shift)


def trace(make, steps=5):
    weight = wave(0).requires_grad_()
    optimizer, values = make([weight]), []
    for step in range(steps):
        weight.grad = wave(step + 1) * weight.detach()
        optimizer.step()
        values.append([float(f"{v:.8g}") for v in weight.tolist()])
    return values


def orthogonal(x):
    """Five Newton-Schulz steps."""
    if x.shape[0] > x.shape[1]:
        return orthogonal(x.T).T
    x = x / x.pow(2).sum().sqrt()
    for _ in range(5):
        gram = x @ x.T
        x = 3.4445 * x - 4.7750 * gram @ x + 2.0315 * gram @ gram @ x
    return x


def muon(rate=0.02, decay=0.1, beta=0.95, steps=5):
    shapes = {"table.weight": (9, 8), "mix.weight": (12, 9), "mix.bias": (12,), "mix2.weight": (8, 8, 3, 3), "few.weight": (4, 20), "few.bias": (4,)}
    weights = {name: scatter(i, *shape).requires_grad_() for i, (name, shape) in enumerate(shapes.items())}
    matrices = ["mix.weight", "mix2.weight"]
    others = torch.optim.AdamW([w for name, w in weights.items() if name not in matrices], lr=rate, betas=(0.8, 0.95), weight_decay=decay)
    momentum = {name: torch.zeros_like(weights[name].flatten(1)) for name in matrices}
    squares = {name: torch.zeros(weights[name].shape[0], 1, dtype=torch.float64) for name in matrices}
    for step in range(steps):
        for i, (name, weight) in enumerate(weights.items()):
            weight.grad = scatter(10 * (step + 1) + i, *weight.shape) * weight.detach()
        others.step()
        for name in matrices:
            with torch.no_grad():
                gradient = weights[name].grad.flatten(1)
                momentum[name] = beta * momentum[name] + (1 - beta) * gradient
                update = orthogonal(beta * momentum[name] + (1 - beta) * gradient)
                squares[name] = beta * squares[name] + (1 - beta) * update.pow(2).mean(1, keepdim=True)
                update = update / squares[name].sqrt()
                size = 0.2 * rate * update.numel() ** 0.5 / update.pow(2).sum().sqrt()
                weights[name].mul_(1 - rate * decay).sub_((size * update).view_as(weights[name]))
    return {name: [float(f"{v:.8g}") for v in weight.flatten()[:40].tolist()] for name, weight in weights.items()}


def scatter(shift, *shape):
    i = torch.arange(torch.Size(shape).numel(), dtype=torch.float64)
    return torch.sin(0.37 * i * (i + 1 + shift)).view(shape)


settings = dict(lr=0.02, betas=(0.8, 0.95))
golden = dict(adam=trace(lambda p: torch.optim.Adam(p, **settings)), adamw=trace(lambda p: torch.optim.AdamW(p, weight_decay=0.1, **settings)), muon=muon())
(GOLDEN / "optimizers.json").write_text(json.dumps(golden, separators=(",", ":")) + "\n")
