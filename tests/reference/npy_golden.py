#!/usr/bin/env python3
"""Writes TinySora.Engine.Tests/Golden/Npy/*.npy with numpy: the versions, types and orders that its format knows.

Run by hand: /usr/bin/python3 tests/reference/npy_golden.py
"""
import pathlib

import numpy as np

folder = pathlib.Path(__file__).resolve().parents[1] / "TinySora.Engine.Tests" / "Golden" / "Npy"
folder.mkdir(exist_ok=True)
ramp = np.arange(6).reshape(2, 3) / 4 - 0.5


def write(name, array, version=None):
    with open(folder / f"{name}.npy", "wb") as file:
        np.lib.format.write_array(file, array, version)


for version in (1, 2, 3):
    write(f"version{version}", ramp.astype("<f4"), (version, 0))
for kind in ("<f8", "<f2", "<i8", "<i4", "<i2", "|i1", "|u1", "|b1"):
    write(kind[1:], (ramp * 4 + 2).astype(kind))
write("vector", np.array([0.25, -1, 3], "<f4"))
write("scalar", np.array(2.5, "<f4"))
write("empty", np.zeros((0, 4), "<f4"))
write("fortran", np.asfortranarray(ramp.astype("<f4")))
write("big_endian", ramp.astype(">f4"))
for kind in ("u2", "u4", "u8"):
    write(kind, (ramp * 4 + 2).astype("<" + kind))
for kind in ("i2", "u4", "f8"):
    write("big_" + kind, (ramp * 4 + 2).astype(">" + kind))
write("big_fortran", np.asfortranarray(ramp.astype(">f4")))
write("c8", np.array([1 - 2j, 0.5 + 4j], "<c8"))
write("big_c16", np.array([1 - 2j, 0.5 + 4j], ">c16"))
write("half_text", np.array(["abc"]))
write("too_large", np.array([2**64 - 1], "<u8"))
write("object", np.array([{"a": 1}], dtype=object))
write("fields", np.array([(1, 2.0)], dtype=[("a", "<i4"), ("b", "<f4")]))
