#!/usr/bin/env python3
"""Store how PyTorch prints tensors, for tests/unit/test_print.c: make_print.py > print.txt

A case is a few lines: its name, the tensor (type, shape, elements as exact numbers or as start + i * step, then views of it),
and what str(tensor) gives, between `text` and `end`.
"""
import itertools
import math
import sys

import torch

TYPES = {"f32": torch.float32, "f64": torch.float64, "i64": torch.int64, "u8": torch.uint8}
inf, nan = math.inf, math.nan


def number(value):
    return float(value).hex() if isinstance(value, float) and math.isfinite(value) else str(value)


def runs(values):
    """Numbers as text, a repeated one as number*count."""
    for value, group in itertools.groupby(values, key=number):
        count = len(list(group))
        yield value if count == 1 else f"{value}*{count}"


def case(name, dtype, shape, values=None, start=None, step=None, view=(), grad=False, default="f32"):
    """`values`, or start + i * step computed in double; `view`: ("transpose", 0, 1), ("slice", dim, start, end, step)."""
    count = math.prod(shape)
    print("case", name.replace(" ", "_"))
    print("type", dtype)
    print("default", default)
    print("shape", *shape)
    if values is None:
        print("range", number(float(start)), number(float(step)))
        made = [float(start) + i * float(step) for i in range(count)]
    else:
        print("values", *runs(values))
        made = values
    assert len(made) == count, name
    if dtype in ("i64", "u8"):
        made = [int(v) for v in made]
    tensor = torch.tensor(made, dtype=TYPES[dtype]).reshape(shape)
    for how, *arguments in view:
        print(how, *arguments)
        if how == "transpose":
            tensor = tensor.transpose(*arguments)
        else:
            dim, first, last, by = arguments
            tensor = tensor[(slice(None),) * dim + (slice(first, last, by),)]
    if grad:
        print("grad")
        tensor.requires_grad_()
    torch.set_default_dtype(TYPES[default])
    print("text")
    print(tensor)
    torch.set_default_dtype(torch.float32)
    print("end")


def scalars():
    for name, value in dict(zero=0.0, one=1.0, minus_zero=-0.0, half=0.5, third=1 / 3, large=1e9, at_limit=1e8, over_limit=100000008.0,
                            small=1e-5, at_small_limit=1e-4, nan=nan, inf=inf, minus_inf=-inf, tiny=1e-45, huge=3e38).items():
        case("scalar " + name, "f32", (), [value])
    case("scalar f64", "f64", (), [math.pi])
    case("scalar f64 smallest", "f64", (), [5e-324])
    case("scalar f64 largest", "f64", (), [1.7976931348623157e308])
    case("scalar i64", "i64", (), [-7])
    case("scalar u8", "u8", (), [255])
    case("scalar rounds half to even", "f64", (), [0.00005 + 1])
    case("scalar grad", "f32", (), [2.0], grad=True)
    case("one element", "f32", (1,), [3.5])


def vectors():
    case("whole", "f32", (3,), [1.0, 2.0, 3.0])
    case("whole mixed widths", "f32", (4,), [1.0, -200.0, 30.0, 0.0])
    case("whole scientific by size", "f32", (3,), [1.0, 2e8, 3.0])
    case("whole scientific by ratio", "f32", (2,), [1.0, 1001.0])
    case("whole ratio at limit", "f32", (2,), [1.0, 1000.0])
    case("fraction", "f32", (3,), [1.5, 2.0, 3.25])
    case("fraction mixed widths", "f32", (4,), [0.1, -23.5, 456.789, 1.0])
    case("fraction scientific by ratio", "f32", (3,), [0.001, 5.0, 100.0])
    case("fraction scientific by smallness", "f32", (2,), [0.00009, 0.00001])
    case("scientific with zero, nan, inf", "f32", (5,), [1e-6, 0.0, nan, inf, -inf])
    case("scientific three digit exponent", "f64", (2,), [1e-200, -1e200])
    case("nan alone", "f32", (2,), [nan, nan])
    case("not finite beside whole", "f32", (4,), [nan, 1.0, -inf, inf])
    case("not finite beside fractions", "f32", (4,), [nan, 0.5, -inf, inf])
    case("zeros", "f32", (5,), [0.0] * 5)
    case("signed zeros", "f32", (2,), [-0.0, 0.0])
    case("signed zero beside fraction", "f32", (2,), [-0.0, 0.25])
    case("zeros many", "f32", (30,), [0.0] * 30)
    case("nan many", "f32", (40,), [nan] * 40)
    case("true w", "f32", (2,), [2.0, -3.4000000953674316])
    case("rounding", "f64", (4,), [0.12345, 0.12355, 2.00005, -0.00006])
    case("f64", "f64", (3,), [0.1, 0.2, 0.3])
    case("f64 default", "f64", (3,), [0.1, 0.2, 0.3], default="f64")
    case("f32 where f64 is default", "f32", (3,), [0.5, 0.25, 0.125], default="f64")
    case("i64", "i64", (5,), [1, -20, 300, 0, 7])
    case("i64 extremes", "i64", (2,), [-(2**63), 2**63 - 1])
    case("u8", "u8", (4,), [0, 1, 20, 255])
    case("wraps f32", "f32", (30,), start=0.5, step=0.25)
    case("wraps whole", "f32", (50,), start=-20, step=1)
    case("wraps i64", "i64", (40,), start=90, step=1)
    case("wraps u8", "u8", (60,), start=0, step=4)
    case("wraps f64 suffix", "f64", (9,), start=0.5, step=1)
    case("suffix just fits", "f64", (6,), start=0.5, step=1)
    case("suffix on its own line", "f64", (8,), start=10.5, step=1)
    case("suffix grad", "f32", (3,), [1.0, 2.0, 3.0], grad=True)
    case("suffix dtype and grad", "f64", (3,), [1.5, 2.0, 3.0], grad=True)
    case("suffix dtype and grad on new line", "f64", (5,), start=0.5, step=1, grad=True)
    for n in (7, 8, 9, 10):
        case(f"line of {n}", "f32", (n,), start=0.25, step=0.5, grad=True)
    case("a thousand", "i64", (1000,), start=0, step=1)
    case("summary vector", "i64", (1001,), start=0, step=1)
    case("summary vector f32", "f32", (2000,), start=-1, step=0.001)
    case("summary hides the wide ones", "f32", (1500,), [1.0, 2.5, 3.0] + [1e6] * 1494 + [4.0, 5.0, 6.0])
    case("summary of wide ones", "f32", (1200,), start=1e-9, step=1e5)
    case("summary grad", "f32", (1200,), start=0, step=0.5, grad=True)


def matrices():
    case("2x2", "f32", (2, 2), [1.0, 2.0, 3.0, 4.0])
    case("2x3 i64", "i64", (2, 3), start=1, step=1)
    case("3x1", "f32", (3, 1), [0.5, 1.5, -2.5])
    case("1x1", "f32", (1, 1), [4.25])
    case("rows wrap", "f32", (2, 12), start=-3.5, step=0.75)
    case("rows wrap i64", "i64", (3, 30), start=0, step=7)
    case("matrix scientific", "f32", (2, 2), [1e-7, 1.0, 2e5, -3.0])
    case("matrix nan", "f32", (2, 2), [nan, 1.0, inf, -3.0])
    case("3d", "f32", (2, 2, 3), start=0, step=1)
    case("3d fraction", "f64", (2, 1, 2), start=0.125, step=0.25)
    case("4d", "f32", (2, 2, 1, 2), start=-1, step=0.5)
    case("5d", "i64", (1, 2, 1, 2, 2), start=0, step=1)
    case("image u8", "u8", (1, 4, 4), start=3, step=15)
    case("transposed", "f32", (2, 3), start=0, step=1, view=[("transpose", 0, 1)])
    case("transposed 3d", "f64", (2, 3, 2), start=0.5, step=1, view=[("transpose", 0, 2)])
    case("sliced", "i64", (4, 6), start=0, step=1, view=[("slice", 1, 1, 6, 2)])
    case("sliced and transposed", "f32", (6, 4), start=0.5, step=1, view=[("slice", 0, 2, 5, 1), ("transpose", 0, 1)])
    case("summary matrix", "f32", (100, 30), start=0, step=0.25)
    case("summary only rows", "i64", (500, 4), start=0, step=1)
    case("summary only columns", "f32", (4, 500), start=0.5, step=1)
    case("summary six", "i64", (6, 500), start=0, step=1)
    case("summary seven", "i64", (7, 500), start=0, step=1)
    case("summary 3d", "f32", (10, 10, 20), start=0, step=1)
    case("summary images", "f32", (32, 1, 28, 28), start=0, step=0.001)
    case("summary transposed", "f32", (40, 50), start=0, step=0.5, view=[("transpose", 0, 1)])
    case("summary f64", "f64", (40, 50), start=0, step=0.5)
    case("column of a thousand and one", "f32", (1001, 1), start=0, step=0.01)


def empties():
    case("empty", "f32", (0,), [])
    case("empty 2d", "f32", (0, 3), [])
    case("empty 3d", "f32", (2, 0, 4), [])
    case("empty i64", "i64", (0,), [])
    case("empty u8 2d", "u8", (5, 0), [])
    case("empty f64 grad", "f64", (0, 1), [], grad=True)


print("# PyTorch", torch.__version__.split("+")[0], "prints; made by make_print.py")
for group in (scalars, vectors, matrices, empties):
    group()
sys.stdout.flush()
