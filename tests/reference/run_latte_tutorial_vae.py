"""A golden run of the Latte tutorial's frame autoencoder, with LPIPS, and with its discriminator from the fifth step on.

Run by hand:  python3 tests/reference/run_latte_tutorial_vae.py
Writes        tests/TinySora.Engine.Tests/Golden/runs/tutorial-vae.json

Checked against the published code's networks, LPIPS and steps in float64: losses to 1e-15, weights to 6e-14.

Blocks in the middle and attention are there, which the published files leave out. LPIPS has weights by a formula. The discriminator's gradient has that
of the autoencoder's turn in it, as the published code leaves it.

VGG has half a million units, some of which are within float32's rounding of where they are cut off, and then gradients depend on which way a machine
rounds. So LPIPS weighs little here, which makes such a bend small beside the rest, and what is left of it Adam may make is in the file.
"""
import math

import torch
from torch import nn
import torch.nn.functional as F

from golden_runs import STEPS, Chance, Run, clip, examples, fill

SEED, BATCH, EXAMPLES, SIZE = 17, 2, 6, 32
CHANNELS, GROUPS, HEADS, LATENTS, RATE = [8, 16, 16], 4, 2, 2, 1e-5
KL, PERCEPTUAL, JUDGED, JUDGED_FROM, BEND = 0.000005, 0.03, 0.5, 4, 1e-3


def part(inputs, outputs):
    return nn.Sequential(nn.GroupNorm(GROUPS, inputs), nn.SiLU(), nn.Conv2d(inputs, outputs, 3, padding=1))


class Block(nn.Module):
    """Residual layers, the first ones with attention behind them; what halves comes last, and what doubles first."""

    def __init__(self, inputs, outputs, layers=1, attends=0, change=None):
        super().__init__()
        widths = [inputs] + [outputs] * layers
        pairs = list(zip(widths, widths[1:]))
        self.resnet_conv_first = nn.ModuleList([part(a, b) for a, b in pairs])
        self.resnet_conv_second = nn.ModuleList([part(b, b) for _, b in pairs])
        self.residual_input_conv = nn.ModuleList([nn.Conv2d(a, b, 1) for a, b in pairs])
        self.attention_norms = nn.ModuleList([nn.GroupNorm(GROUPS, outputs) for _ in range(attends)])
        self.attentions = nn.ModuleList([nn.MultiheadAttention(outputs, HEADS, batch_first=True) for _ in range(attends)])
        if change == "double":
            self.up_sample_conv = nn.ConvTranspose2d(inputs, inputs, 4, 2, 1)
        if change == "halve":
            self.down_sample_conv = nn.Conv2d(outputs, outputs, 4, 2, 1)

    def forward(self, x):
        x = self.up_sample_conv(x) if hasattr(self, "up_sample_conv") else x
        for i, (first, second, short) in enumerate(zip(self.resnet_conv_first, self.resnet_conv_second, self.residual_input_conv)):
            x = second(first(x)) + short(x)
            if i < len(self.attentions):
                tokens = self.attention_norms[i](x).flatten(2).transpose(1, 2)
                x = x + self.attentions[i](tokens, tokens, tokens)[0].transpose(1, 2).view(x.shape)
        return self.down_sample_conv(x) if hasattr(self, "down_sample_conv") else x


class Autoencoder(nn.Module):
    def __init__(self):
        super().__init__()
        a, b, c = CHANNELS
        self.encoder_conv_in = nn.Conv2d(1, a, 3, padding=1)
        self.encoder_layers = nn.ModuleList([Block(a, b, attends=1, change="halve"), Block(b, c, change="halve")])
        self.encoder_mids = nn.ModuleList([Block(c, c, layers=2, attends=1)])
        self.encoder_norm_out, self.encoder_conv_out = nn.GroupNorm(GROUPS, c), nn.Conv2d(c, 2 * LATENTS, 3, padding=1)
        self.pre_quant_conv, self.post_quant_conv = nn.Conv2d(2 * LATENTS, 2 * LATENTS, 1), nn.Conv2d(LATENTS, LATENTS, 1)
        self.decoder_conv_in = nn.Conv2d(LATENTS, c, 3, padding=1)
        self.decoder_mids = nn.ModuleList([Block(c, c, layers=2, attends=1)])
        self.decoder_layers = nn.ModuleList([Block(c, b, change="double"), Block(b, a, attends=1, change="double")])
        self.decoder_norm_out, self.decoder_conv_out = nn.GroupNorm(GROUPS, a), nn.Conv2d(a, 1, 3, padding=1)

    def encode(self, x):
        """Means and logarithms of variances."""
        x = self.encoder_conv_in(x)
        for block in [*self.encoder_layers, *self.encoder_mids]:
            x = block(x)
        return self.pre_quant_conv(self.encoder_conv_out(F.silu(self.encoder_norm_out(x)))).chunk(2, 1)

    def decode(self, z):
        x = self.decoder_conv_in(self.post_quant_conv(z))
        for block in [*self.decoder_mids, *self.decoder_layers]:
            x = block(x)
        return self.decoder_conv_out(F.silu(self.decoder_norm_out(x)))


class Discriminator(nn.Module):
    def __init__(self):
        super().__init__()
        conv = lambda a, b, stride, bias=False: nn.Conv2d(a, b, 4, stride, 1, bias=bias)
        self.layers = nn.ModuleList([
            nn.Sequential(conv(1, 64, 2, True)), nn.Sequential(conv(64, 128, 2), nn.BatchNorm2d(128)),
            nn.Sequential(conv(128, 256, 2), nn.BatchNorm2d(256)), nn.Sequential(conv(256, 1, 1))])

    def forward(self, x):
        for layer in self.layers[:-1]:
            x = F.leaky_relu(layer(x), 0.2)
        return self.layers[-1](x)


class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.autoencoder, self.discriminator = Autoencoder(), Discriminator()


class Lpips:
    """Over VGG-16; convolution n is sin(0.37 i + n) to scale, its bias 0.1 cos(i + n), the weights of features |sin(0.9 i)|."""

    STAGES = [[64] * 2, [128] * 2, [256] * 3, [512] * 3, [512] * 3]

    def __init__(self):
        def count(*shape):
            return torch.arange(math.prod(shape), dtype=torch.float64)

        inputs, n, self.stages = 3, 0, []
        for stage in self.STAGES:
            convs = []
            for outputs in stage:
                shape = (outputs, inputs, 3, 3)
                weight = ((count(*shape) * 0.37 + n).sin() * math.sqrt(6 / (9 * inputs))).view(shape)
                convs.append((weight.float().double(), (0.1 * (count(outputs) + n).cos()).float().double()))
                inputs, n = outputs, n + 1
            self.stages.append((convs, (count(inputs) * 0.9).sin().abs().float().double()))

    def directions(self, x):
        shift, scale = (torch.tensor(v, dtype=torch.float64).view(3, 1, 1) for v in ([-0.030, -0.088, -0.188], [0.458, 0.448, 0.450]))
        x = (x - shift) / scale
        for i, (convs, weights) in enumerate(self.stages):
            x = F.max_pool2d(x, 2) if i > 0 else x
            for weight, bias in convs:
                x = F.relu(F.conv2d(x, weight, bias, padding=1))
            yield x / (x.pow(2).sum(1, keepdim=True) + 1e-24).sqrt(), weights

    def distance(self, a, b):
        """(B)."""
        return sum(((p - q) ** 2 * w[:, None, None]).sum(1).mean((1, 2)) for (p, w), (q, _) in zip(self.directions(a), self.directions(b)))


def frames(numbers):
    return torch.stack([clip(k, 1, SIZE, SIZE) for k in numbers]) * 2 - 1


def drawn(step):
    """(B, z, h, w); channels are drawn last."""
    return Chance.of(SEED, step).normal(BATCH, SIZE // 4, SIZE // 4, LATENTS).movedim(-1, 1)


def train(model, lpips):
    run, vae, judge = Run(model), model.autoencoder, model.discriminator
    optimizers = [torch.optim.Adam(part.parameters(), lr=RATE, betas=(0.5, 0.999)) for part in (vae, judge)]
    for step in range(STEPS):
        x, judges = frames(examples(step, BATCH, EXAMPLES)), step >= JUDGED_FROM
        model.zero_grad()
        mean, log_variance = vae.encode(x)
        made = vae.decode(mean + (log_variance / 2).exp() * drawn(step))
        kl = 0.5 * (log_variance.exp() + mean ** 2 - 1 - log_variance).sum((1, 2, 3)).mean()
        loss = F.mse_loss(made, x) + KL * kl + PERCEPTUAL * lpips.distance(made, x).mean()
        if judges:
            answer = judge(made)
            loss = loss + JUDGED * F.mse_loss(answer, torch.ones_like(answer))
        run.golden["losses"].append(loss.item())
        run.golden["norms"].append(run.gradient(loss, vae.parameters()))
        if judges:
            of_made, of_real = judge(made.detach()), judge(x)
            (JUDGED * 0.5 * (F.mse_loss(of_made, torch.zeros_like(of_made)) + F.mse_loss(of_real, torch.ones_like(of_real)))).backward()
        for optimizer in optimizers[:1 + judges]:
            optimizer.step()
            run.bend(optimizer, RATE, BEND)
    return run


def computed():
    model = fill(Model())
    run = train(model, Lpips())
    with torch.no_grad():
        return run, (model.autoencoder.decode(model.autoencoder.encode(frames([0, 1]))[0]) + 1) / 2


def main():
    run, left = computed()
    run.write("tutorial-vae", RATE, sample=left[:1])


if __name__ == "__main__":
    main()
