"""What Unicode's normal form C (UAX #15) needs to know: which letters and marks make one letter, which letters are always taken apart, and the
combining classes of marks, by which those of one letter are ordered.

Run by hand:  python3 tests/reference/compositions.py
Writes        TinySora.Engine/Text/compositions.txt, codes as hexadecimal numbers:
                  MARK LETTERS      a mark's code, then letters, each followed by what they make together
                  -LETTER CODES     a letter that stays apart in the normal form, and what it is made of
                  =CLASS RANGES     a combining class, and the marks that have it
              tests/TinySora.Engine.Tests/Golden/normal-form-c.txt: texts and their normal forms, as Python makes them

Made with Unicode 14. Hangul, which has formulas, is left out.
"""
import pathlib
import random
import sys
import unicodedata
from collections import defaultdict

ROOT = pathlib.Path(__file__).parents[2]
pairs, apart, classes = defaultdict(str), [], defaultdict(list)
for letter in map(chr, range(sys.maxunicode + 1)):
    code, parts = ord(letter), unicodedata.decomposition(letter).split()
    if parts and parts[0][0] != "<":
        if len(parts) == 2 and unicodedata.normalize("NFC", letter) == letter:
            pairs[int(parts[1], 16)] += chr(int(parts[0], 16)) + letter
        else:
            apart.append(f"-{code:04X} {' '.join(parts)}\n")
    if (number := unicodedata.combining(letter)) > 0:
        ranges = classes[number]
        if ranges and ranges[-1][1] == code - 1:
            ranges[-1][1] = code
        else:
            ranges.append([code, code])
text = "".join(f"{mark:04X} {letters}\n" for mark, letters in sorted(pairs.items())) + "".join(apart) + "".join(
    f"={number} {' '.join(f'{first:04X}' if first == last else f'{first:04X}-{last:04X}' for first, last in ranges)}\n"
    for number, ranges in sorted(classes.items()))
(ROOT / "TinySora.Engine" / "Text" / "compositions.txt").write_text(text, encoding="utf-8")

# Every letter that the normal form changes, and marks of several letters in any order.
draw = random.Random(1)
marks = [chr(code) for ranges in classes.values() for first, last in ranges for code in range(first, last + 1)]
common = [chr(code) for code in list(range(0x300, 0x345)) + [0x5B0, 0x5BC, 0x64B, 0x651, 0x93C, 0x94D, 0xE38, 0x3099, 0x110BA]]
letters = [letter for all in pairs.values() for letter in all] + ["\u1112", "\u1161", "\u11ab", "\uac00", "\ud4db", "\U000110a5"] + list("aeinouAEINOU <")
texts = [chr(int(line[1:].split()[0], 16)) for line in apart]
texts += ["".join(draw.choice(letters) + "".join(draw.choices(common if draw.random() < 0.7 else marks, k=draw.randrange(5))) for _ in range(3)) for _ in range(2000)]
hexes = lambda text: " ".join(f"{ord(letter):X}" for letter in text)
(ROOT / "tests" / "TinySora.Engine.Tests" / "Golden" / "normal-form-c.txt").write_text(
    "".join(f"{hexes(text)};{hexes(unicodedata.normalize('NFC', text))}\n" for text in texts), encoding="ascii")
