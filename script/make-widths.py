#!/usr/bin/env python3
"""Make src/report/widths.inc: how wide characters are, so that a page is laid out the same with any font library and with none.

    script/make-widths.py [DIRECTORY] > src/report/widths.inc

DIRECTORY holds DejaVuSans.ttf and DejaVuSans-Bold.ttf. Which characters are two columns wide in a terminal, and which none,
comes from Python's unicodedata.
"""
import struct
import sys
import unicodedata
from pathlib import Path

# What labels are written with: Latin, Greek, Cyrillic, punctuation, super- and subscripts, arrows, mathematics, shapes.
RANGES = [(0x20, 0x7e), (0xa0, 0x17f), (0x370, 0x3ff), (0x400, 0x45f), (0x2010, 0x203a), (0x2070, 0x209c),
          (0x2190, 0x2195), (0x2200, 0x2265), (0x25a0, 0x25cf), (0x2713, 0x2718)]


def tables(data):
    count = struct.unpack(">H", data[4:6])[0]
    return {data[12 + 16 * i:16 + 16 * i].decode(): struct.unpack(">II", data[20 + 16 * i:28 + 16 * i])
            for i in range(count)}


def advances(path):
    """Code point → advance in units of the font, and the units of an em."""
    data = Path(path).read_bytes()
    at = {name: place for name, (place, _) in tables(data).items()}
    em = struct.unpack(">H", data[at["head"] + 18:at["head"] + 20])[0]
    metrics = struct.unpack(">H", data[at["hhea"] + 34:at["hhea"] + 36])[0]
    cmap = at["cmap"]
    for i in range(struct.unpack(">H", data[cmap + 2:cmap + 4])[0]):
        _, _, offset = struct.unpack(">HHI", data[cmap + 4 + 8 * i:cmap + 12 + 8 * i])
        if struct.unpack(">H", data[cmap + offset:cmap + offset + 2])[0] == 12:
            break
    else:
        sys.exit(f"{path}: no cmap of format 12")
    result = {}
    groups = struct.unpack(">I", data[cmap + offset + 12:cmap + offset + 16])[0]
    for i in range(groups):
        place = cmap + offset + 16 + 12 * i
        first, last, glyph = struct.unpack(">III", data[place:place + 12])
        for code in range(first, last + 1):
            index = min(glyph + code - first, metrics - 1)
            result[code] = struct.unpack(">H", data[at["hmtx"] + 4 * index:at["hmtx"] + 4 * index + 2])[0]
    return result, em


def columns(code):
    char = chr(code)
    if unicodedata.category(char) in ("Mn", "Me", "Cf") and code != 0xad or 0x1160 <= code <= 0x11ff:
        return 0
    return 2 if unicodedata.east_asian_width(char) in "WF" else 1


def runs(width):
    """Ranges of code points that take `width` columns; what is not assigned joins its neighbours."""
    found, unassigned = [], set()
    for code in range(0xa0, 0x110000):
        if 0xd800 <= code <= 0xdfff:
            continue
        if unicodedata.category(chr(code)) == "Cn" and unicodedata.east_asian_width(chr(code)) != "W":
            unassigned.add(code)
        elif columns(code) == width:
            if found and all(c in unassigned for c in range(found[-1][1] + 1, code)):
                found[-1][1] = code
            else:
                found.append([code, code])
    return found


def lines(words, indent="    ", width=118):
    line = indent
    for word in words:
        if len(line) + len(word) + 2 > width:
            yield line.rstrip()
            line = indent
        line += word + ", "
    yield line.rstrip()


def main():
    folder = Path(sys.argv[1] if len(sys.argv) > 1 else "/usr/share/fonts/truetype/dejavu")
    print("/* Made by script/make-widths.py from DejaVu Sans and Unicode " + unicodedata.unidata_version + ". */")
    faces = [advances(folder / name) for name in ("DejaVuSans.ttf", "DejaVuSans-Bold.ttf")]
    em = faces[0][1]
    assert em == faces[1][1]
    print(f"enum {{ EM = {em} }};")
    print("\n/* Code points whose advances stand one after the other below. */")
    print("static const uint32_t measured[][2] = {")
    print("\n".join(lines(f"{{0x{a:x}, 0x{b:x}}}" for a, b in RANGES)) + "\n};")
    print("\n/* In 1/EM; 0 where the font has no such character. */")
    print("static const uint16_t advances[2][" + str(sum(b - a + 1 for a, b in RANGES)) + "] = {")
    for face, _ in faces:
        words = [str(face.get(code, 0)) for a, b in RANGES for code in range(a, b + 1)]
        print("    {\n" + "\n".join(lines(words, "        ")) + "\n    },")
    print("};")
    for name, width, what in (("wide", 2, "two columns"), ("zero", 0, "no column")):
        print(f"\n/* Characters that take {what} of a terminal. */")
        print(f"static const uint32_t {name}[][2] = {{")
        print("\n".join(lines(f"{{0x{a:x}, 0x{b:x}}}" for a, b in runs(width))) + "\n};")


main()
