"""Writes tests/TinySora.Engine.Tests/Golden/optimizers.json: weights after each step of PyTorch's Adam and AdamW.

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


settings = dict(lr=0.02, betas=(0.8, 0.95))
golden = dict(adam=trace(lambda p: torch.optim.Adam(p, **settings)), adamw=trace(lambda p: torch.optim.AdamW(p, weight_decay=0.1, **settings)))
(GOLDEN / "optimizers.json").write_text(json.dumps(golden, separators=(",", ":")) + "\n")
