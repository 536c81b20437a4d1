"""Letters with the marks that follow them, and the letters that both make, out of Unicode's data (normal form C).

Run by hand:  /usr/bin/python3 tests/reference/compositions.py
Writes        TinySora.Engine/Text/compositions.txt: in each line a mark's code, then letters, each followed by what they make together

Hangul, which has a formula, and what lies above U+FFFF are left out.
"""
import pathlib
import unicodedata
from collections import defaultdict

pairs = defaultdict(str)
for letter in map(chr, range(0x10000)):
    parts = unicodedata.decomposition(letter).split()
    if len(parts) == 2 and parts[0][0] != "<" and unicodedata.normalize("NFC", letter) == letter:
        pairs[int(parts[1], 16)] += chr(int(parts[0], 16)) + letter
text = "".join(f"{mark:04X} {letters}\n" for mark, letters in sorted(pairs.items()))
(pathlib.Path(__file__).parents[2] / "TinySora.Engine" / "Text" / "compositions.txt").write_text(text, encoding="utf-8")
