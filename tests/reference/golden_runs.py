"""What the golden runs share: a whole small training of each system, computed by plain PyTorch and repeated by TinySora's own trainer.

The scripts run_*.py write tests/TinySora.Engine.Tests/Golden/runs/NAME.json. Initial weights and data come from a formula (`noise`); what chance
decides is drawn from PyTorch's generator, sown for each micro-batch as TinySora's trainer sows its own. Stored is what comes out: the loss and
the gradient's norm of each step, how far each weight went, and a sample. Float64 throughout. Made with PyTorch 1.13.1;
tutorial-vae with 2.6, which had given the file of 1.13.1 again before LPIPS weighed less.
"""
import json
import math

import torch

from unet3d_reference import GOLDEN, rounded

STEPS = 10
ROUNDING = 1e-9  # gradients below this part of the norm are nothing else


def mix(seed, index):
    """SplitMix64 of two numbers (Steele, Lea and Flood 2014)."""
    golden, mask = 0x9E3779B97F4A7C15, 2 ** 64 - 1

    def finish(z):
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9 & mask
        z = (z ^ (z >> 27)) * 0x94D049BB133111EB & mask
        return z ^ (z >> 31)

    return finish(finish((seed + golden) & mask) + index * golden & mask)


class Chance:
    """PyTorch's generator; normal and uniform numbers are drawn as float32, as TinySora does."""

    def __init__(self, seed):
        self.generator = torch.Generator().manual_seed(seed)

    @staticmethod
    def of(seed, number, group=0):
        """That of micro-batch `number` of a run."""
        return Chance(mix(seed + group, number) & (2 ** 63 - 1))

    def normal(self, *shape):
        return torch.randn(shape, generator=self.generator, dtype=torch.float32).double()

    def uniform(self, *shape):
        return torch.rand(shape, generator=self.generator, dtype=torch.float32).double()

    def whole(self, below, *shape):
        return torch.randint(0, below, shape, generator=self.generator)

    def order(self, count):
        return torch.randperm(count, generator=self.generator)


def noise(seed, *shape):
    """That of unet3d_reference, all numbers at once."""
    j = torch.arange(1, math.prod(shape) + 1, dtype=torch.float64)
    waves = 43758.5453 * torch.sin(12.9898 * j + 78.233 * (seed + 1))
    return (2 * (waves - waves.floor()) - 1).view(shape)


def named(model):
    """Parameters by name, in the order of their names; a weight of two names has the first."""
    return dict(sorted(model.named_parameters()))


def fill(model):
    """Initial weights: parameter i of `named` is noise(i) times a scale that keeps activations near one."""
    with torch.no_grad():
        for i, (name, p) in enumerate(named(model).items()):
            s = noise(i, *p.shape)
            is_gain = p.dim() == 1 and name.endswith("weight") or name.endswith("gamma")
            p.copy_(1 + 0.2 * s if is_gain else s * math.sqrt(2 * p.shape[0] / p.numel()) if p.dim() > 1 else 0.1 * s)
    return model.double()


def clip(k, *shape):
    """Example k: pixels in [0, 1]."""
    return (noise(3000 + k, *shape) + 1) / 2


def examples(step, batch, count):
    """Which ones a step takes: one after the other, and again from the first."""
    return [(step * batch + i) % count for i in range(batch)]


class Run:
    """Collects what a training does to a model."""

    def __init__(self, model):
        self.model = model
        self.first = {name: p.detach().clone() for name, p in named(model).items()}
        self.largest = {name: torch.zeros_like(p) for name, p in self.first.items()}
        self.ways = {name: 0.0 for name in self.first}
        self.golden = dict(losses=[], norms=[])

    def gradient(self, loss, parameters=None):
        """Gradients of a loss, their norm noted; of these parameters, or all."""
        parameters = list(self.model.parameters() if parameters is None else parameters)
        for p in parameters:
            p.grad = None
        loss.backward()
        norm = math.sqrt(sum((p.grad ** 2).sum().item() for p in parameters if p.grad is not None))
        for name, p in named(self.model).items():
            if p.grad is not None:
                self.largest[name] = torch.maximum(self.largest[name], p.grad.abs() / max(norm, 1e-30))
        return norm

    def step(self, loss, optimizer, max_norm=None):
        norm = self.gradient(loss)
        for p in self.model.parameters():
            p.grad = torch.zeros_like(p) if p.grad is None else p.grad if max_norm is None else p.grad * min(1, max_norm / (norm + 1e-6))
        optimizer.step()
        self.golden["losses"].append(loss.item())
        self.golden["norms"].append(norm)

    def bend(self, optimizer, rate, part):
        """
        Notes how far a step of Adam went another way if gradients were other by `part` of their weight tensor's root mean square, as they are on
        the other side of a bend. Adam divides by what gradients were: where that was nearly nothing, by chance, it goes up to two whole steps apart.
        """
        for name, p in named(self.model).items():
            if state := optimizer.state.get(p):
                beta = optimizer.param_groups[0]["betas"][1]
                were = (state["exp_avg_sq"] / (1 - beta ** state["step"])).sqrt()
                other = part * p.grad.square().mean().sqrt() * (self.largest[name] >= ROUNDING)
                self.ways[name] += rate * (other / were.clamp_min(1e-30)).clamp_max(2).square().sum().sqrt().item()

    def changes(self, values, rate=None):
        """
        Of each weight how far it went, its way's projection on one direction, and of how much of it rounding alone, or a bend, decides where that
        goes: as many numbers as went that far apart if each went all STEPS of `rate` another way.
        """
        changes = {}
        for i, name in enumerate(self.first):
            way = values[name].detach() - self.first[name]
            rounding = ((self.largest[name] > 0) & (self.largest[name] < ROUNDING)).double().mean()
            if self.ways[name] > 0:
                rounding += (self.ways[name] / (STEPS * rate)) ** 2 / way.numel()
            changes[name] = rounded([way.norm(), (way * noise(2000 + i, *way.shape)).sum()] + [rounding] * (rounding > 0))
        return changes

    def write(self, name, rate=None, **more):
        """`rate`: Adam's, where bends were noted; `more`: lists of numbers."""
        golden = {key: rounded(values) for key, values in self.golden.items()}
        golden["weights"] = self.changes(named(self.model), rate)
        golden.update({key: value if isinstance(value, dict) else rounded(value) for key, value in more.items()})
        folder = GOLDEN / "runs"
        folder.mkdir(exist_ok=True)
        (folder / f"{name}.json").write_text(json.dumps(golden, separators=(",", ":")) + "\n")
        print(name, sum(p.numel() for p in self.model.parameters()), "parameters; losses", golden["losses"])
