"""CLIP's tokenizer, written from its description (Radford et al. 2021; byte-level pairs as in Radford et al. 2019), and ids it gives.

Run by hand:  /usr/bin/python3 tests/reference/bpe_reference.py MERGES   with the published bpe_simple_vocab_16e6.txt.gz
Writes        tests/TinySora.Engine.Tests/Golden/clip_bpe.json

Kept are the ids of the sentences, the merges whose two pieces ever stand side by side in them, in the published order, and the
pieces that these make, at their published places; the others cannot change a result.
"""
import gzip
import json
import pathlib
import sys
import unicodedata

GOLDEN = pathlib.Path(__file__).parent.parent / "TinySora.Engine.Tests" / "Golden"
START, END = "<|startoftext|>", "<|endoftext|>"
MERGES = 49152 - 256 - 2  # the rest of the published list was never used
POSITIONS = 77
SPACES = {*map(chr, [*range(9, 14), 32, 0x85, 0xA0, 0x1680, *range(0x2000, 0x200B), 0x2028, 0x2029, 0x202F, 0x205F, 0x3000])}

# Ids that others published for openai/clip-vit-base-patch32: they hold the merges to be the right ones.
PUBLISHED = {
    "a photo of a cat": [49406, 320, 1125, 539, 320, 2368, 49407],
    "a photo of a dog": [49406, 320, 1125, 539, 320, 1929, 49407],
}
TEXTS = [
    *PUBLISHED, "", " \t\r\n ", "a red circle moving right", "A RED  Circle\n", "a big blue square, moving left!", "unaffable reddish-orange",
    "it's they're we'll I'd 've don't o'clock rock'n'roll ''s '", "3.14159 1,000,000 2nd x2 mp3 ²½Ⅷ①",
    "café naïve Zürich Ångström señor", "cafe\u0301 nai\u0308ve I\u0307 Vie\u0323\u0302t q\u0301 か\u3099ハ\u309a \u1112\u1161\u11ab\u1100\u1173\u11af", "ΣΟΦΟΣ Ω İstanbul ẞ ǅ", "ﬁ ½ ™ €",
    "日本語の動画 video中文字符x", "𠀀𪛖 豈 한국어", "𝒳a𝒴 b𝒵", "Привет, мир! مرحبا नमस्ते ελληνικά",
    "U.S.A. e-mail: foo@bar.com #1 (50%) $3^2 `x` ~y|z_w", "“quoted” — dash… ¿qué? «a» a、b。c·d", "a++b==c<d>e",
    "red\0circle cir\u200bcle \ufeffblue one\vtwo\x1fthree\x7ffour\u0085five", "a\u2028b\u2029c\u00a0d\u3000e\u2009f \ufffdg",
    "🤖robot👍🏽", "a <|endoftext|> b <|startoftext|>c <|ENDOFTEXT|>", "aaaa aaaaaaa hahahaha", "Donaudampfschifffahrtsgesellschaftskapitän",
    "a red circle " * 30, "moving " * 74 + "left", "moving " * 75 + "left",
]


def letters():
    """A printable character for every byte, in the order of the vocabulary."""
    printable = [*range(33, 127), *range(161, 173), *range(174, 256)]
    others = [b for b in range(256) if b not in printable]
    return {**{b: chr(b) for b in printable}, **{b: chr(256 + i) for i, b in enumerate(others)}}


def vocabulary(merges):
    characters = list(letters().values())
    pieces = characters + [c + "</w>" for c in characters] + [a + b for a, b in merges] + [START, END]
    return {piece: i for i, piece in enumerate(pieces)}


def kind(c):
    return "space" if c in SPACES else {"L": "letter", "N": "number"}.get(unicodedata.category(c)[0], "other")


def words(text):
    text = "".join(c.lower() for c in unicodedata.normalize("NFC", text))
    at = 0
    while at < len(text):
        whole = next((w for w in (START, END, "'s", "'t", "'re", "'ve", "'m", "'ll", "'d") if text.startswith(w, at)), None)
        end = at + len(whole or "x")
        if not whole and kind(text[at]) in ("letter", "other"):
            while end < len(text) and kind(text[end]) == kind(text[at]):
                end += 1
        if kind(text[at]) != "space":
            yield text[at:end]
        at = end


def pieces(word, ranks, seen=None):
    if word in (START, END):
        return [word]
    table = letters()
    parts = [table[b] for b in word.encode()]
    parts[-1] += "</w>"
    while True:
        pairs = {pair for pair in zip(parts, parts[1:]) if pair in ranks}
        if seen is not None:
            seen |= pairs
        if not pairs:
            return parts
        first, second = min(pairs, key=ranks.get)
        joined, i = [], 0
        while i < len(parts):
            both = parts[i] == first and parts[i + 1:i + 2] == [second]
            joined.append(first + second if both else parts[i])
            i += 1 + both
        parts = joined


def encode(text, ids, ranks, positions=POSITIONS, seen=None):
    inside = [ids[p] for w in words(text) for p in pieces(w, ranks, seen)]
    return [ids[START], *inside[:positions - 2], ids[END]]


def main(path):
    lines = gzip.open(path, "rt", encoding="utf-8").read().split("\n")
    merges = [tuple(line.split()) for line in lines[1:MERGES + 1]]
    ids, ranks, seen = vocabulary(merges), {pair: i for i, pair in enumerate(merges)}, set()
    for text, expected in PUBLISHED.items():
        assert encode(text, ids, ranks) == expected, text
    texts = [[text, encode(text, ids, ranks, seen=seen)] for text in TEXTS]
    kept = sorted(seen, key=ranks.get)
    golden = dict(merges=[" ".join(pair) for pair in kept],
                  pieces={p: ids[p] for p in [*list(ids)[:512], *dict.fromkeys(a + b for a, b in kept), START, END]}, texts=texts)
    (GOLDEN / "clip_bpe.json").write_text(json.dumps(golden, separators=(",", ":"), ensure_ascii=False) + "\n", encoding="utf-8")
    print(len(kept), "merges,", len(texts), "texts")


if __name__ == "__main__":
    main(sys.argv[1])
