#!/usr/bin/env python3
"""Store what Pillow's antialiased bilinear resize (and so torchvision's Resize) makes of images, for
tests/unit/test_resize.c: make_resize.py, from any directory. Needs numpy and Pillow before 13, as torch's own resize is:
rows first, then columns. (Pillow 13 takes the columns first where a height shrinks by more than twice as many pixels as
the width, and rounds differently there.)

Each case is two files in resize/: NAME.in.npy and NAME.out.npy, bytes of shape (H, W) or (H, W, 3). NAME is
HxW[xC]_to_SIZE for one integer, which sets the shorter side as torchvision does, or HxW[xC]_to_HxW for two.
"""
import pathlib

import numpy
from PIL import Image

FOLDER = pathlib.Path(__file__).parent / "resize"


def new_size(height, width, size):
    """torchvision's: the shorter side becomes `size`, the longer one int(size * long / short)."""
    short, long = sorted((height, width))
    scaled = int(size * long / short)
    return (size, scaled) if height <= width else (scaled, size)


def case(image, height, width=None):
    shape = image.shape[:2]
    to = (height, width) if width else new_size(*shape, height)
    out = Image.fromarray(image).resize((to[1], to[0]), Image.Resampling.BILINEAR)
    name = "x".join(map(str, image.shape)) + "_to_" + (f"{height}x{width}" if width else f"{height}")
    numpy.save(FOLDER / f"{name}.in.npy", image)
    numpy.save(FOLDER / f"{name}.out.npy", numpy.asarray(out))


def main():
    random = numpy.random.default_rng(42)

    def noise(*shape):
        return random.integers(0, 256, shape, dtype=numpy.uint8)

    def black_and_white(*shape):
        return (255 * random.integers(0, 2, shape)).astype(numpy.uint8)

    FOLDER.mkdir(exist_ok=True)
    case(noise(28, 28), 64)
    case(noise(28, 28), 14)
    case(noise(40, 60), 28)
    case(black_and_white(28, 28), 65)  # the largest steps between neighbours
    case(black_and_white(60, 40), 27)  # the longer side, 40.5, is cut
    case(noise(20, 30, 3), 28)
    case(noise(31, 17, 3), 9, 40)  # one side shrinks, the other grows
    case(noise(28, 28), 28, 5)  # one side stays
    case(noise(28, 28), 5, 28)
    case(noise(1, 1), 3, 4)
    case(noise(300, 2), 1, 7)  # many weights for one position
    case(numpy.full((50, 70), 255, numpy.uint8), 33, 33)  # white stays white


if __name__ == "__main__":
    main()
