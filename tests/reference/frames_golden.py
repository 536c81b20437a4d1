#!/usr/bin/env python3
"""Writes TinySora.Engine.Tests/Golden/frames.json: frame numbers by numpy, pictures made ready by Pillow.

Run by hand: /usr/bin/python3 tests/reference/frames_golden.py
"""
import base64
import io
import json
import pathlib

import numpy as np
from PIL import Image

sampling = []
for length in (1, 2, 5, 16, 31, 32, 33, 34, 49, 100):
    for frames, interval in ((1, 1), (1, 4), (4, 2), (16, 2), (16, 3), (7, 1)):
        span = frames * interval
        last_start = max(0, length - span - 1)
        for start in sorted({0, last_start // 2, last_start}):
            end = min(start + span, length)
            indices = np.linspace(start, end - 1, frames, dtype=int)
            sampling.append({
                "length": length, "frames": frames, "interval": interval, "starts": last_start + 1,
                "start": start, "indices": indices.tolist(),
            })

random = np.random.default_rng(5)
smooth = random.integers(0, 256, (5, 7, 3), dtype=np.uint8)
source = Image.fromarray(smooth).resize((28, 20), Image.Resampling.BICUBIC)
png = io.BytesIO()
source.save(png, "png")


def square(image, size):
    """Shorter side to size, the middle cut out, as torchvision does."""
    width, height = image.size
    scaled = (size, size * height // width) if width <= height else (size * width // height, size)
    image = image.resize(scaled, Image.Resampling.BILINEAR)
    left, top = round((scaled[0] - size) / 2), round((scaled[1] - size) / 2)
    return image.crop((left, top, left + size, top + size))


pictures = []
for mode, channels in (("L", 1), ("RGB", 3)):
    for crops, (height, width) in ((False, (6, 10)), (True, (8, 8))):
        image = source.convert(mode)
        image = square(image, height) if crops else image.resize((width, height), Image.Resampling.BILINEAR)
        values = np.asarray(image).reshape(height, width, channels).transpose(2, 0, 1)
        pictures.append({
            "channels": channels, "height": height, "width": width, "crops": crops, "pixels": values.ravel().tolist(),
        })

path = pathlib.Path(__file__).resolve().parents[1] / "TinySora.Engine.Tests" / "Golden" / "frames.json"
path.write_text(json.dumps(
    {"sampling": sampling, "png": base64.b64encode(png.getvalue()).decode(), "pictures": pictures}, separators=(",", ":")) + "\n")
