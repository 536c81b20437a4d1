"""The PyTorch side of the comparison: TinySora's U-Nets in plain PyTorch, with the same training steps and sampling.

The network is the reference network of the tests (tests/reference/unet3d_reference.py), which performs the same operations as the
published code. Prints one JSON line: the seconds of every measured step or clip, and the peak memory in MiB.
"""
import argparse
import contextlib
import copy
import json
import math
import os
import pathlib
import resource
import sys
import time

import torch
from torch import nn
import torch.nn.functional as F

sys.path.insert(0, str(pathlib.Path(__file__).parent.parent / "tests" / "reference"))
from autoencoders import NETWORKS as AUTOENCODERS  # noqa: E402
from latent_transformers import NETWORKS as TRANSFORMERS, SIZE  # noqa: E402
from token_models import BLOCK, NETWORKS as TOKEN_MODELS  # noqa: E402
from unet3d_reference import Unet3D  # noqa: E402

DEVICE = "cuda" if os.environ.get("TINYSORA_DEVICE", "cpu") != "cpu" and torch.cuda.is_available() else "cpu"
CLIP = (3, 5, 32, 32)
WORDS = 5  # 'a red circle moving right'


class Text(nn.Module):
    """The small preset's text encoder: two transformer layers over word vectors, and the mean of their outputs."""

    def __init__(self, width, vocabulary=32, heads=4):
        super().__init__()
        self.words = nn.Embedding(vocabulary, width)
        self.positions = nn.Parameter(0.02 * torch.randn(64, width))
        layer = nn.TransformerEncoderLayer(width, heads, 4 * width, dropout=0, activation="gelu", batch_first=True, norm_first=True)
        self.layers = nn.TransformerEncoder(layer, 2)
        self.norm = nn.LayerNorm(width)

    def forward(self, ids):
        return self.norm(self.layers(self.words(ids) + self.positions[:ids.shape[1]]).mean(1))


class Published(nn.Module):
    """The published model: receives text vectors, predicts noise with an L1 loss, and samples a clip in ten ancestral steps."""

    batch, steps, levels, guidance, scale, ema_every, ema_decay, max_norm = 2, 10, 10, 2, 10, 10, 0.995, None

    def __init__(self):
        super().__init__()
        self.net = Unet3D(dim=64, dim_mults=[1, 2, 4, 8], cond_dim=768)

    def texts(self, count):
        return torch.randn(count, 768)

    def encode(self, texts):
        return texts

    def target(self, clean, noise, signal, sigma):
        return noise

    def loss(self, predicted, target):
        return F.l1_loss(predicted, target)

    def optimizer(self):
        return torch.optim.Adam(self.parameters(), lr=1e-4)

    def denoise(self, x, predicted, signal, sigma, next_signal, next_sigma):
        clean = ((x - sigma * predicted) / signal).clamp(-1, 1)
        noise = (x - signal * clean) / sigma
        fresh = next_sigma / sigma * math.sqrt(max(0, 1 - (signal / next_signal) ** 2))
        return next_signal * clean + math.sqrt(max(0, next_sigma ** 2 - fresh ** 2)) * noise + fresh * torch.randn_like(x)


class Small(Published):
    """The preset shapes-small: learned text encoder, v prediction, AdamW with gradient clipping, and twelve DDIM steps per clip."""

    batch, steps, guidance, scale, ema_every, ema_decay, max_norm = 16, 12, 2.5, 1000, 4, 0.98, 1.0

    def __init__(self):
        nn.Module.__init__(self)
        self.net = Unet3D(dim=32, dim_mults=[1, 2, 4], init_kernel_size=3, use_sparse_linear_attn=False, cond_dim=128,
                          attn_heads=4, attn_dim_head=16, stem=2, frame_text_cond=True, text_field=True)
        nn.init.zeros_(self.net.text_field.output)
        self.text = Text(128)

    def texts(self, count):
        return torch.randint(32, (count, WORDS))

    def encode(self, texts):
        return self.text(texts)

    def target(self, clean, noise, signal, sigma):
        return signal * noise - sigma * clean

    def loss(self, predicted, target):
        return F.mse_loss(predicted, target)

    def optimizer(self):
        return torch.optim.AdamW(self.parameters(), lr=2e-3, betas=(0.9, 0.99), weight_decay=0.01)

    def denoise(self, x, predicted, signal, sigma, next_signal, next_sigma):
        clean = (signal * x - sigma * predicted).clamp(-1, 1)
        return next_signal * clean + next_sigma * (x - signal * clean) / sigma


PRESETS = {"default": Published, "shapes-small": Small}


def now():
    """Returns the time after the GPU has finished its work."""
    if DEVICE == "cuda":
        torch.cuda.synchronize()
    return time.perf_counter()


def level(u):
    """Returns the factors of signal and noise at a level between 0 (no noise) and 1 (only noise)."""
    return math.cos(u * math.pi / 2), math.sin(u * math.pi / 2)


def training_steps(model, network, precision):
    average = copy.deepcopy(model)
    optimizer = model.optimizer()
    step = 0
    while True:
        clean, noise = torch.rand(model.batch, *CLIP) * 2 - 1, torch.randn(model.batch, *CLIP)
        u = torch.rand(model.batch)
        signal, sigma = (f(u.view(-1, 1, 1, 1, 1) * math.pi / 2) for f in (torch.cos, torch.sin))
        dropped = torch.rand(model.batch) < 0.1
        start = now()
        with precision():
            predicted = network(signal * clean + sigma * noise, u * model.scale, model.encode(model.texts(model.batch)), dropped)
            loss = model.loss(predicted, model.target(clean, noise, signal, sigma))
        loss.backward()
        if model.max_norm:
            nn.utils.clip_grad_norm_(model.parameters(), model.max_norm)
        optimizer.step()
        optimizer.zero_grad()
        if step % model.ema_every == 0:
            with torch.no_grad():
                for ours, theirs in zip(average.parameters(), model.parameters()):
                    ours.mul_(model.ema_decay).add_(theirs, alpha=1 - model.ema_decay)
        step += 1
        loss.item()
        yield now() - start


def sampling_steps(model, network, precision, whole):
    """Samples one clip after another with guidance, and runs both branches of guidance in sequence, like the published sampler."""
    model.net.eval()  # not the text encoder, which behaves the same; its fast path in PyTorch 1.13 does not support autocast
    with_text, without = torch.tensor([False]), torch.tensor([True])
    while True:
        begin = now()
        with torch.no_grad(), precision():  # weights are cast once inside
            cond, x = model.encode(model.texts(1)), torch.randn(1, *CLIP)
            for number in range(model.steps):
                start = now()
                at, then = level((model.steps - number - 0.5) / model.steps), level((model.steps - number - 1) / model.steps)
                time_of = torch.full((1,), model.scale * (model.steps - number - 0.5) / model.steps)
                text, null = network(x, time_of, cond, with_text), network(x, time_of, cond, without)
                x = model.denoise(x, (null + (text - null) * model.guidance).float(), *at, *then)
                if not whole:
                    x.mean().item()
                    yield now() - start
            ((x.clamp(-1, 1) + 1) * 127.5).to(torch.uint8).cpu().numpy()
        if whole:
            yield now() - begin


def coding_steps(model, precision, decodes):
    """Encodes a clip of 32 frames of 128 x 128, or decodes its latents."""
    model.eval()
    clips = torch.rand(1, 3, 32, 128, 128) - 0.5
    with torch.no_grad(), precision():
        latents = model.encode(clips)
        while True:
            start = now()
            model.decoder(latents) if decodes else model.encode(clips)
            yield now() - start


def autoencoder_steps(model, precision):
    """Runs loss, backward pass and update for one group of parameters after another."""
    groups = [list(group) for group in model.groups()]
    optimizers = [torch.optim.Adam(group, lr=model.lr, betas=model.betas) for group in groups]
    while True:
        clips = torch.rand(*model.shape) - 0.5
        start = now()
        with precision():
            losses = model.losses(clips)
            for optimizer in optimizers:
                loss = next(losses)
                optimizer.zero_grad()
                loss.backward()
                optimizer.step()
        loss.item()
        yield now() - start


def transformer_training_steps(model, precision):
    optimizer = torch.optim.AdamW(model.parameters(), lr=1e-4, weight_decay=0)
    while True:
        start = now()
        with precision():
            loss = model.loss()
        loss.backward()
        optimizer.step()
        optimizer.zero_grad()
        loss.item()
        yield now() - start


def transformer_sampling_steps(model, precision):
    """Samples one clip of latents after another with guidance."""
    while True:
        with torch.no_grad(), precision():  # weights are cast once inside
            condition, x = model.both(), torch.randn(1, model.channels, *SIZE)
            for number in range(model.steps):
                start = now()
                x = model.step(x, number, 2, condition)
                x.mean().item()
                yield now() - start


def token_steps(model, precision):
    """Samples one token after another with a full window."""
    model.eval()
    tokens = torch.randint(model.vocabulary, (1, BLOCK))
    with torch.no_grad(), precision():  # weights are cast once inside
        while True:
            start = now()
            tokens = model.next(tokens)
            tokens[0, -1].item()
            yield now() - start


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("work", choices=["train", "sample", "clip", "encode", "decode"])
    parser.add_argument("--preset", choices=[*PRESETS, *AUTOENCODERS, *TRANSFORMERS, *TOKEN_MODELS], default="default")
    parser.add_argument("--precision", choices=["float32", "bfloat16"], default="float32")
    parser.add_argument("--compile", action="store_true", help="use torch.compile (PyTorch 2.0 and later)")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--warmup", type=float, default=10, help="seconds")
    options = parser.parse_args()

    torch.set_num_threads(options.threads)
    torch.manual_seed(0)
    if DEVICE == "cuda":
        # The mode that torch.compile supports slows down every call without it.
        torch.set_default_device(DEVICE) if options.compile else torch.set_default_tensor_type(torch.cuda.FloatTensor)
        torch.set_float32_matmul_precision("high")  # TF32
        at_first, _ = torch.cuda.mem_get_info()
    precision = (lambda: torch.autocast(DEVICE, torch.bfloat16)) if options.precision == "bfloat16" else contextlib.nullcontext
    if options.preset in AUTOENCODERS:
        model = AUTOENCODERS[options.preset]()
        if options.compile:
            model.encoder, model.decoder = torch.compile(model.encoder), torch.compile(model.decoder)
        steps = autoencoder_steps(model, precision) if options.work == "train" else coding_steps(model, precision, options.work == "decode")
    elif options.preset in TRANSFORMERS:
        model = TRANSFORMERS[options.preset]()
        if options.compile:
            model.forward = torch.compile(model.forward)
        steps = transformer_training_steps(model, precision) if options.work == "train" else transformer_sampling_steps(model, precision)
    elif options.preset in TOKEN_MODELS:
        model = TOKEN_MODELS[options.preset]()
        if options.compile and model.is_compiled:
            model.forward = torch.compile(model.forward)
        steps = transformer_training_steps(model, precision) if options.work == "train" else token_steps(model, precision)
    else:
        model = PRESETS[options.preset]()
        network = torch.compile(model.net) if options.compile else model.net
        steps = (training_steps(model, network, precision) if options.work == "train"
                 else sampling_steps(model, network, precision, whole=options.work == "clip"))
    warm = time.perf_counter() + options.warmup
    for _ in range(3):  # the first two may compile
        next(steps)
    while time.perf_counter() < warm:
        next(steps)
    seconds = [next(steps) for _ in range(3 if options.work == "clip" else 8)]
    if DEVICE == "cuda":
        peak = (at_first - torch.cuda.mem_get_info()[0]) / 2 ** 20  # assumes that no other process uses the GPU
    else:
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps(dict(seconds=seconds, peak_mib=peak)))


if __name__ == "__main__":
    main()
