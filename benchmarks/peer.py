"""The Python side of the comparison: the published U-Net in plain PyTorch, doing what the published trainer does.

The network is the reference of the tests (tests/reference/unet3d_reference.py), which performs the operations that the
published code performs. Prints one JSON line: the seconds of every measured step, and the peak memory in MiB.
"""
import argparse
import contextlib
import copy
import json
import pathlib
import resource
import sys
import time

import torch

sys.path.insert(0, str(pathlib.Path(__file__).parent.parent / "tests" / "reference"))
from unet3d_reference import Unet3D  # noqa: E402

PRESETS = {
    "default": dict(model=dict(dim=64, dim_mults=[1, 2, 4, 8], cond_dim=768), batch=2, loss=torch.nn.functional.l1_loss,
                    ema_every=10, ema_decay=0.995),
    "shapes-small": dict(model=dict(dim=32, dim_mults=[1, 2, 4], init_kernel_size=3, use_sparse_linear_attn=False, cond_dim=128,
                                    attn_heads=4, attn_dim_head=16, stem=2, frame_text_cond=True),
                         batch=16, loss=torch.nn.functional.mse_loss, ema_every=4, ema_decay=0.98),
}
CLIP = (3, 5, 32, 32)


def training_steps(preset, precision):
    model = Unet3D(**preset["model"])
    average = copy.deepcopy(model)
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-4)
    batch, step = preset["batch"], 0
    while True:
        clean, noise = torch.rand(batch, *CLIP) * 2 - 1, torch.randn(batch, *CLIP)
        cond = torch.randn(batch, preset["model"]["cond_dim"])
        level = torch.rand(batch, 1, 1, 1, 1)
        dropped = torch.rand(batch) < 0.1
        with precision():
            predicted = model(level.sqrt() * clean + (1 - level).sqrt() * noise, level.view(batch) * 10, cond, dropped)
            loss = preset["loss"](predicted, noise)
        loss.backward()
        optimizer.step()
        optimizer.zero_grad()
        if step % preset["ema_every"] == 0:
            with torch.no_grad():
                for ours, theirs in zip(average.parameters(), model.parameters()):
                    ours.mul_(preset["ema_decay"]).add_(theirs, alpha=1 - preset["ema_decay"])
        step += 1
        yield loss.item()


@torch.no_grad()
def sampling_steps(preset, precision):
    """Guided denoising of one clip, the two branches one after the other, as the published sampler does."""
    model = Unet3D(**preset["model"]).eval()
    cond = torch.randn(1, preset["model"]["cond_dim"])
    with_text, without = torch.tensor([False]), torch.tensor([True])
    while True:
        x, level = torch.randn(1, *CLIP), torch.full((1,), 5.0)
        with precision():
            text, null = model(x, level, cond, with_text), model(x, level, cond, without)
        guided = null + (text - null) * 2
        clean = (1.5 * x - 0.5 * guided).clamp(-1, 1)
        x = 0.4 * clean + 0.6 * x + 0.1 * torch.randn_like(x)
        yield x.mean().item()


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("work", choices=["train", "sample"])
    parser.add_argument("--preset", choices=PRESETS, default="default")
    parser.add_argument("--precision", choices=["float32", "bfloat16"], default="float32")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--warmup", type=float, default=10, help="seconds")
    parser.add_argument("--steps", type=int, default=8)
    options = parser.parse_args()

    torch.set_num_threads(options.threads)
    torch.manual_seed(0)
    precision = (lambda: torch.autocast("cpu", torch.bfloat16)) if options.precision == "bfloat16" else contextlib.nullcontext
    steps = {"train": training_steps, "sample": sampling_steps}[options.work](PRESETS[options.preset], precision)
    seconds = []
    warm = time.perf_counter() + options.warmup
    while time.perf_counter() < warm:
        next(steps)
    for _ in range(options.steps):
        start = time.perf_counter()
        next(steps)
        seconds.append(time.perf_counter() - start)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps(dict(seconds=seconds, peak_mib=peak)))


if __name__ == "__main__":
    main()
