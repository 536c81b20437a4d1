#!/usr/bin/env python3
"""Writes TinySora.Engine.Tests/Golden/reference.safetensors from the format's description with numpy alone.

Run by hand: python3 tests/reference/safetensors_golden.py
"""
import json
import pathlib
import struct

import numpy as np

tensors = {
    "ramp": np.arange(6, dtype="<f4").reshape(2, 3) / 4,
    "steps": np.array([-1, 2**40], dtype="<i8"),
    "mask": np.array([True, False, True]),
    "half": np.array([0.5, -2.0], dtype="<f2"),
    "scalar": np.array(2.5, dtype="<f8"),
    "nothing": np.zeros((0, 4), dtype="<f4"),
}
names = {"float32": "F32", "int64": "I64", "bool": "BOOL", "float16": "F16", "float64": "F64"}

header, data = {"__metadata__": {"made_by": "numpy", "word": "größe"}}, b""
for name, array in tensors.items():
    raw = array.tobytes()
    header[name] = {"dtype": names[str(array.dtype)], "shape": list(array.shape), "data_offsets": [len(data), len(data) + len(raw)]}
    data += raw

text = json.dumps(header, ensure_ascii=False).encode()
text += b" " * (-len(text) % 8)
folder = pathlib.Path(__file__).resolve().parents[1] / "TinySora.Engine.Tests" / "Golden"
folder.mkdir(exist_ok=True)
(folder / "reference.safetensors").write_bytes(struct.pack("<Q", len(text)) + text + data)
