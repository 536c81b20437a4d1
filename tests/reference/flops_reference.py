"""Arithmetic of Tiny SORA's U-Net, counted below PyTorch's operators: every product that ATen is asked for, forward and backward.

Run by hand:  python3 tests/reference/flops_reference.py
Writes        tests/TinySora.Engine.Tests/Golden/flops.json

A multiplication and its addition count as two. Made with PyTorch 1.13.1.
"""
import json
import math

import torch
from torch.utils._python_dispatch import TorchDispatchMode

from unet3d_reference import GOLDEN, Unet3D

CASES = {
    "default": dict(dim=64, dim_mults=[1, 2, 4, 8], cond_dim=768),
    "sparse_off": dict(dim=16, dim_mults=[1, 2], init_kernel_size=3, use_sparse_linear_attn=False, attn_heads=2),
    "frame_text": dict(dim=8, dim_mults=[1, 2, 4], cond_dim=24, frame_text_cond=True, stem=2, attn_heads=2, attn_dim_head=16),
    "text_field": dict(dim=8, dim_mults=[1, 2], init_kernel_size=3, cond_dim=24, text_field=True, attn_heads=2, attn_dim_head=16),
}
BATCH, FRAMES, SIZE = 2, 5, 32


class Products(TorchDispatchMode):
    """Adds up the matrix products and convolutions that reach ATen."""

    total = 0

    def __torch_dispatch__(self, func, types, args=(), kwargs=None):
        result = func(*args, **(kwargs or {}))
        name = func.overloadpacket.__name__
        if name in ("mm", "bmm"):
            self.total += 2 * args[0].numel() * args[1].shape[-1]
        elif name == "addmm":
            self.total += 2 * args[1].numel() * args[2].shape[-1]
        elif name == "convolution":
            self.total += self.convolution(args[0], args[1], result, transposed=args[6])
        elif name == "convolution_backward":
            grad, x, weight, mask = args[0], args[1], args[2], args[10]
            once = self.convolution(x, weight, grad, transposed=args[7])
            self.total += once * (bool(mask[0]) + bool(mask[1]))
        elif name in ("matmul", "linear", "einsum", "baddbmm", "addbmm", "conv3d"):
            raise NotImplementedError(name)
        return result

    @staticmethod
    def convolution(x, weight, out, transposed):
        """Each output (transposed: input) element meets the weights of its channel."""
        return 2 * (x if transposed else out).numel() * math.prod(weight.shape[1:])


def count(case):
    torch.manual_seed(0)
    model = Unet3D(**case)
    x = torch.randn(BATCH, 3, FRAMES, SIZE, SIZE)
    cond = torch.randn(BATCH, case["cond_dim"]) if "cond_dim" in case else None
    with Products() as products:
        out = model(x, torch.tensor([1.0, 7.0]), cond)
        forward = products.total
        out.square().mean().backward()
    return {"forward": forward, "backward": products.total - forward, "parameters": sum(p.numel() for p in model.parameters())}


if __name__ == "__main__":
    counted = {name: count(case) for name, case in CASES.items()}
    (GOLDEN / "flops.json").write_text(json.dumps(counted, indent=1) + "\n")
    for name, numbers in counted.items():
        print(name, numbers, "backward / forward =", round(numbers["backward"] / numbers["forward"], 4))
