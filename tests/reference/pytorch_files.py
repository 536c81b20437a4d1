"""Small files of torch.save with everything that checkpoints of the replaced systems hold, in both of PyTorch's formats.

Run by hand:  python3 tests/reference/pytorch_files.py
Writes        tests/TinySora.Engine.Tests/Golden/PyTorch/zip.pt, legacy.pt, zip5.pt   the same object; zip5 with pickle protocol 5
              and video.mp4.pkl there, which pickle.dump wrote: means and logarithms of variances of a video, as the Latte tutorial keeps them

Made with PyTorch 1.13.1 and numpy 1.24.
"""
import argparse
import collections
import pathlib
import pickle

import numpy as np
import torch
from torch import nn

FOLDER = pathlib.Path(__file__).parent.parent / "TinySora.Engine.Tests" / "Golden" / "PyTorch"


def content():
    ramp = torch.arange(12, dtype=torch.float32)
    module = nn.Sequential(collections.OrderedDict(lin=nn.Linear(2, 3), norm=nn.BatchNorm1d(3)))
    with torch.no_grad():
        for i, p in enumerate(module.parameters()):
            p.copy_(torch.arange(p.numel(), dtype=torch.float32).view_as(p) / 4 + i)
    names = ("float64", "float32", "float16", "bfloat16", "int64", "int32", "int16", "int8", "uint8")
    return {
        "step": 4300,
        "model": module.state_dict(),  # an OrderedDict with an attribute _metadata
        "types": {name: torch.tensor([0, 1, 100]).to(getattr(torch, name)) for name in names},
        "flags": torch.tensor([True, False, True]),
        "parameter": nn.Parameter(torch.tensor([1.5, -2.0])),
        "views": [ramp[2:5], ramp.view(3, 4).t(), ramp[::3], ramp[:1].expand(2, 3), ramp.view(2, 2, 3)[:, 1]],
        "scalar": torch.tensor(2.5, dtype=torch.float64),
        "empty": torch.zeros(0, 4),
        "optimizer": {"state": {0: {"step": 7, "exp_avg": torch.ones(2)}},
                      "param_groups": [{"lr": 1e-4, "betas": (0.9, 0.999), "amsgrad": False, "params": [0]}]},
        "args": argparse.Namespace(model="Latte-S/2", lr=1e-4, clips=None, sizes=[2, 2], big=2**70, negative=-5, wide=2**40, unicode="größe"),
        "size": torch.Size([2, 3]), "device": torch.device("cuda", 1), "dtype": torch.bfloat16,
        "numpy": {"loss": np.float64(0.25), "count": np.int64(-3), "half": np.float32(0.5), "yes": np.bool_(True)},
        "set": {7}, "frozen": frozenset(["a"]), "bytes": b"\x00\xff", "none": None, "yes": True, "scaler": {},
    }


def main():
    FOLDER.mkdir(parents=True, exist_ok=True)
    torch.save(content(), FOLDER / "zip.pt")
    torch.save(content(), FOLDER / "legacy.pt", _use_new_zipfile_serialization=False)
    torch.save(content(), FOLDER / "zip5.pt", pickle_protocol=5)
    with open(FOLDER / "video.mp4.pkl", "wb") as file:
        pickle.dump((torch.arange(192, dtype=torch.float32) / 192 - 0.25).view(2, 6, 4, 4), file)


if __name__ == "__main__":
    main()
