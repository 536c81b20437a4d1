"""Writes tests/TinySora.Engine.Tests/Golden/losses.json: losses of training steps of the plain network with PyTorch's Adam.

Run by hand:  python3 tests/reference/losses_reference.py
A few steps of each preset at its true size; a small network's whole training is in run_tiny_sora.py. Weights, clips, noise, text and levels come from
formulas that the test computes too. The loss is the squared error: the absolute one turns a gradient's sign where a
prediction crosses its pixel, and so makes much of the last bit. Made with PyTorch 1.13.1, float64.
"""
import json
import math

import torch
import torch.nn.functional as F

from unet3d_reference import GOLDEN, Unet3D, noise, set_weights

CASES = {
    "default": dict(options=dict(dim=64, dim_mults=[1, 2, 4, 8], cond_dim=768), shape=[2, 3, 5, 32, 32], steps=4),
    "shapes-small": dict(options=dict(dim=32, dim_mults=[1, 2, 4], init_kernel_size=3, use_sparse_linear_attn=False, cond_dim=128,
                                      attn_heads=4, attn_dim_head=16, stem=2, frame_text_cond=True, text_field=True),
                         shape=[16, 3, 5, 32, 32], steps=8),
}

# The published one. At ten times as much, weights that differ by a millionth part company within forty steps in float64, too.
RATE = 1e-4


def losses(options, shape, steps):
    model = Unet3D(**options).double()
    set_weights(model)
    optimizer = torch.optim.Adam(model.parameters(), lr=RATE)
    for step in range(steps):
        clean, eps, text = noise(3 * step, *shape), noise(3 * step + 1, *shape), noise(3 * step + 2, shape[0], options["cond_dim"])
        levels = torch.tensor([(6 * i + 1) * step % 10 for i in range(shape[0])], dtype=torch.float64)
        angle = (levels + 0.5).view(-1, 1, 1, 1, 1) * math.pi / 20
        dropped = torch.tensor([i == 0 and step % 3 == 0 for i in range(shape[0])])
        loss = F.mse_loss(model(clean * angle.cos() + eps * angle.sin(), levels, text, dropped), eps)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        yield round(loss.item(), 7)


def main():
    golden = {name: dict(options=case["options"], shape=case["shape"], learning_rate=RATE, losses=list(losses(**case)))
              for name, case in CASES.items()}
    (GOLDEN / "losses.json").write_text(json.dumps(golden, separators=(",", ":")) + "\n")


if __name__ == "__main__":
    main()
