"""Writes tests/TinySora.Engine.Tests/Golden/losses.json: the losses of fifty training steps of the plain network with PyTorch's Adam.

Run by hand:  python3 tests/reference/losses_reference.py
Weights, clips, noise, text and levels come from formulas that the test computes too. Made with PyTorch 1.13.1, float64.
"""
import json
import math

import torch
import torch.nn.functional as F

from unet3d_reference import GOLDEN, Unet3D, noise, set_weights

OPTIONS = dict(dim=16, dim_mults=[1, 2], init_kernel_size=3, cond_dim=6, attn_heads=2, attn_dim_head=16)
SHAPE = [2, 3, 3, 8, 8]
STEPS = 50

# The published one. At ten times as much, weights that differ by a millionth part company within forty steps in float64, too.
RATE = 1e-4


def main():
    model = Unet3D(**OPTIONS).double()
    set_weights(model)
    optimizer = torch.optim.Adam(model.parameters(), lr=RATE)
    losses = []
    for step in range(STEPS):
        clean, eps, text = noise(3 * step, *SHAPE), noise(3 * step + 1, *SHAPE), noise(3 * step + 2, SHAPE[0], OPTIONS["cond_dim"])
        levels = torch.tensor([step % 10, 7 * step % 10], dtype=torch.float64)
        angle = (levels + 0.5).view(-1, 1, 1, 1, 1) * math.pi / 20
        predicted = model(clean * angle.cos() + eps * angle.sin(), levels, text, torch.tensor([step % 3 == 0, False]))
        loss = F.l1_loss(predicted, eps)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(round(loss.item(), 7))
    golden = dict(options=OPTIONS, shape=SHAPE, learning_rate=RATE, losses=losses)
    (GOLDEN / "losses.json").write_text(json.dumps(golden, separators=(",", ":")) + "\n")


if __name__ == "__main__":
    main()
