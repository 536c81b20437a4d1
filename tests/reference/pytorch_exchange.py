"""Checks by hand that PyTorch and TinySora read each other's checkpoints at the published size.

    python3 tests/reference/pytorch_exchange.py make DIR           writes DIR/model-430.pt and DIR/legacy.pt (335 MB each)
    Import-TinySoraCheckpoint DIR/model-430.pt DIR/imported
    Export-TinySoraCheckpoint DIR/imported -OutputPath DIR/exported
    Export-TinySoraCheckpoint DIR/imported -OutputPath DIR/exported -Format Safetensors -DataType BFloat16
    python3 tests/reference/pytorch_exchange.py check DIR          compares DIR/exported with DIR/model-430.pt

The module below has the published code's names and shapes. Tried with PyTorch 1.13.1.
"""
import json
import pathlib
import struct
import sys

import torch
from torch import nn

from diffusion_reference import cosine_betas, tables
from unet3d_reference import Unet3D


class Diffusion(nn.Module):
    def __init__(self, levels=10):
        super().__init__()
        self.denoise_fn = Unet3D(dim=64, dim_mults=[1, 2, 4, 8], cond_dim=768)
        for name, value in tables(cosine_betas(levels)).items():
            self.register_buffer(name, value.float())


def make(folder):
    torch.manual_seed(5)
    model, ema = Diffusion(), Diffusion()
    for p in [*model.parameters(), *ema.parameters()]:
        p.data.add_(torch.randn_like(p) * 0.01)
    data = dict(step=4300, model=model.state_dict(), ema=ema.state_dict(), scaler=torch.cuda.amp.GradScaler(enabled=False).state_dict())
    folder.mkdir(parents=True, exist_ok=True)
    torch.save(data, folder / "model-430.pt")
    torch.save(data, folder / "legacy.pt", _use_new_zipfile_serialization=False)


def safetensors(path):
    """From the format's description, so that no package is needed."""
    raw = path.read_bytes()
    length, = struct.unpack("<Q", raw[:8])
    header, types = json.loads(raw[8:8 + length]), dict(F32=torch.float32, BF16=torch.bfloat16)
    header.pop("__metadata__")
    part = lambda begin, end: bytearray(raw[8 + length + begin:8 + length + end])
    return {k: torch.frombuffer(part(*v["data_offsets"]), dtype=types[v["dtype"]]).view(v["shape"]) for k, v in header.items()}


def check(folder):
    ours = torch.load(folder / "exported" / "model-430.pt", weights_only=True)
    theirs = torch.load(folder / "model-430.pt")
    assert ours["step"] == theirs["step"] and ours["scaler"] == theirs["scaler"]
    for part in "model", "ema":
        assert len(ours[part]) == 275 and ours[part].keys() == theirs[part].keys()
        assert all(torch.equal(ours[part][k], theirs[part][k]) for k in theirs[part])
        Diffusion().load_state_dict(ours[part])
    half = safetensors(folder / "exported" / "model-430.safetensors")
    assert half.keys() == theirs["ema"].keys()
    assert all(torch.equal(half[k], theirs["ema"][k].to(half[k].dtype)) for k in half)
    Diffusion().load_state_dict(half)
    print("275 tensors, twice, equal bit for bit; the bfloat16 ones are the originals rounded")


if __name__ == "__main__":
    {"make": make, "check": check}[sys.argv[1]](pathlib.Path(sys.argv[2]))
