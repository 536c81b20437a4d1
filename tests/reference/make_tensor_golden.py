"""Writes tests/TinySora.LibTorch.Tests/Golden/tensors.json with plain PyTorch.

    python3 tests/reference/make_tensor_golden.py

Every case names an operator as the C# test knows it; its inputs are ramps, which both sides compute, so that the file
holds results only. Gradients are those of sum(result * ramp). Made with PyTorch 1.13.1 on a CPU.
"""

import json
import pathlib

import torch
import torch.nn.functional as F


def ramp(*shape, scale=0.37, shift=-1.0):
    """Values that repeat nowhere near each other: sin of a growing angle."""
    count = 1
    for size in shape:
        count *= size
    return torch.sin(torch.arange(count, dtype=torch.float64) * scale + shift).reshape(shape).float()


CASES = {
    # name: (function of the inputs, shapes of the inputs)
    "matmul": (lambda a, b: a.matmul(b), [(2, 3, 4), (4, 5)]),
    "bmm": (lambda a, b: a.bmm(b), [(2, 3, 4), (2, 4, 3)]),
    "linear": (F.linear, [(3, 4), (5, 4), (5,)]),
    "conv2d": (lambda x, w, b: F.conv2d(x, w, b, padding=1), [(2, 3, 5, 5), (4, 3, 3, 3), (4,)]),
    "conv2d strided": (lambda x, w, b: F.conv2d(x, w, b, stride=2, padding=1), [(1, 2, 6, 6), (3, 2, 4, 4), (3,)]),
    "conv3d": (lambda x, w, b: F.conv3d(x, w, b, padding=(0, 1, 1)), [(1, 2, 3, 4, 4), (2, 2, 1, 3, 3), (2,)]),
    "conv_transpose2d": (lambda x, w, b: F.conv_transpose2d(x, w, b, stride=2, padding=1), [(1, 3, 3, 3), (3, 2, 4, 4), (2,)]),
    "layer_norm": (lambda x, w, b: F.layer_norm(x, (4,), w, b), [(3, 4), (4,), (4,)]),
    "group_norm": (lambda x, w, b: F.group_norm(x, 2, w, b), [(2, 4, 3), (4,), (4,)]),
    "softmax": (lambda x: x.softmax(-1), [(3, 5)]),
    "silu": (F.silu, [(7,)]),
    "gelu": (F.gelu, [(7,)]),
    "mse_loss": (F.mse_loss, [(3, 4), (3, 4)]),
    "l1_loss": (F.l1_loss, [(3, 4), (3, 4)]),
    "cat": (lambda a, b: torch.cat([a, b], 1), [(2, 3), (2, 2)]),
    "einsum": (lambda a, b: torch.einsum("bhid,bhjd->bhij", a, b), [(1, 2, 3, 4), (1, 2, 3, 4)]),
    "permute reshape": (lambda x: x.permute(0, 2, 1).reshape(2, 6), [(2, 2, 3)]),
    "sum mean": (lambda x: x.sum([1], keepdim=True) + x.mean([0]), [(3, 4)]),
    "var": (lambda x: x.var([1], unbiased=False), [(3, 4)]),
    "index": (lambda x: x[:, 1:, ::2], [(2, 3, 4)]),
    "index_select": (lambda x: x.index_select(0, torch.tensor([2, 0, 2])), [(3, 2)]),
    "pixel_unshuffle": (lambda x: F.pixel_unshuffle(x, 2), [(1, 2, 4, 4)]),
    "addcmul": (lambda x, a, b: x.addcmul(a, b, value=0.3), [(4,), (4,), (4,)]),
    "clamp": (lambda x: x.clamp(-0.5, 0.5), [(9,)]),
    "rsub div": (lambda x: (1 - x) / (2 + x) - 3 / (x + 2), [(5,)]),
}


def main():
    golden = {"cases": {}}
    for name, (function, shapes) in CASES.items():
        inputs = [ramp(*shape, shift=0.5 * i - 1).requires_grad_() for i, shape in enumerate(shapes)]
        result = function(*inputs)
        (result * ramp(*result.shape, shift=2)).sum().backward()
        golden["cases"][name] = {
            "inputs": [list(shape) for shape in shapes],
            "shape": list(result.shape),
            "result": result.detach().flatten().tolist(),
            "gradients": [x.grad.flatten().tolist() for x in inputs],
        }

    torch.manual_seed(7)
    layers = {
        "Linear": torch.nn.Linear(5, 3),
        "Conv2d": torch.nn.Conv2d(3, 4, 3),
        "Conv3d": torch.nn.Conv3d(2, 3, (1, 3, 3)),
        "ConvTranspose3d": torch.nn.ConvTranspose3d(3, 2, (1, 4, 4)),
        "Embedding": torch.nn.Embedding(6, 3),
    }
    golden["initial"] = {
        name: {key: value.detach().flatten()[:8].tolist() for key, value in layer.named_parameters()}
        for name, layer in layers.items()
    }

    golden["random"] = {}
    generator = torch.Generator().manual_seed(11)
    golden["random"]["randn"] = torch.randn(20, generator=generator).tolist()
    golden["random"]["randint"] = torch.randint(0, 1000, (5,), generator=generator).tolist()
    golden["random"]["uniform"] = torch.rand(3, generator=generator).tolist()
    golden["random"]["randperm"] = torch.randperm(6, generator=generator).tolist()

    path = pathlib.Path(__file__).parents[1] / "TinySora.LibTorch.Tests" / "Golden" / "tensors.json"
    path.write_text(json.dumps(golden, indent=None) + "\n")


main()
