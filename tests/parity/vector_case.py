"""What the families of make_vectors.py share: the container, arguments, a case, inputs.

The container is text. A case is a line `case OP key=value …`, then records: a header line and a line of values each:

    in TYPE g|- SHAPE [VIEW]    an argument; g: a leaf that requires grad; VIEW: steps from the stored base to the argument
    up TYPE SHAPE               the upstream gradient of the result
    out TYPE SHAPE              the result (several for sgd: the parameter after each step)
    grad I TYPE SHAPE           gradient of the I-th `in`'s stored base; `grad I none` where PyTorch has none
    scale out|I SHAPE           Σ|a||b| of the result or of a gradient: sums and products are compared relative to it

SHAPE is 2x3, or () for a scalar. VIEW is a comma-separated list of t:dim:dim (transpose), s:dim:start:end:step (slice),
i:dim:index (select), x:2x3 (expand).
"""

import math

import numpy as np
import torch

NAMES = {torch.float32: "f32", torch.float64: "f64", torch.int64: "i64", torch.uint8: "u8", torch.bool: "u8"}
NAN, INF = math.nan, math.inf
SPECIAL = [NAN, INF, -INF, 0.0, -0.0, 1.0, -1.0, 2.5, -2.5]
SHAPES = [(), (5,), (2, 3), (2, 1, 3), (0,), (2, 0)]
rng = torch.Generator()
sink = None  # the file that cases go to


def number(v, dtype):
    if dtype == torch.float32:
        return str(np.float32(v))
    if dtype == torch.float64:
        return repr(float(v))
    return str(int(v))


def values(t):
    return " ".join(number(v, t.dtype) for v in t.detach().reshape(-1).tolist())


def shape(t):
    return "x".join(map(str, t.shape)) or "()"


def record(head, t):
    print(f"{head} {NAMES[t.dtype]} {shape(t)}", file=sink)
    print(values(t), file=sink)


def scale_record(head, t):
    """Three digits, rounded up, are enough for a tolerance."""
    print(f"scale {head} {shape(t)}", file=sink)
    print(" ".join(f"{v * 1.005:.3g}" for v in t.detach().reshape(-1).tolist()), file=sink)


class In:
    """An argument: a stored base, whether it requires grad, and the view of it that the op is given."""

    def __init__(self, base, grad=None, view=""):
        self.base = base.detach().clone()
        self.grad = base.dtype.is_floating_point if grad is None else grad
        self.view = view

    def leaf(self, absolute=False):
        return (self.base.abs() if absolute else self.base.clone()).requires_grad_(self.grad)

    def argument(self, leaf):
        t = leaf
        for step in filter(None, self.view.split(",")):
            kind, *rest = step.split(":")
            if kind == "t":
                t = t.transpose(int(rest[0]), int(rest[1]))
            elif kind == "s":
                dim, start, end, by = map(int, rest)
                t = t[(slice(None),) * dim + (slice(start, end, by),)]
            elif kind == "i":
                t = t.select(int(rest[0]), int(rest[1]))
            elif kind == "x":
                t = t.expand([int(n) for n in rest[0].split("x")])
        return t


def attribute(v):
    if isinstance(v, bool):
        return str(int(v))
    if isinstance(v, (list, tuple)):
        return ",".join(map(str, v))
    return repr(v) if isinstance(v, float) else str(v)


def begin(op, attrs):
    print("case", op, *(f"{k}={attribute(v)}" for k, v in attrs.items()), file=sink)


def given(t, head="-", view=""):
    """An argument."""
    print(*filter(None, ["in", NAMES[t.dtype], head, shape(t), view]), file=sink)
    print(values(t), file=sink)


def end():
    print(file=sink)


def case(op, fn, ins, scale=False, up=True, **attrs):
    """One case: fn over the arguments, and the gradients under a random upstream gradient. scale: the op is linear in
    each argument, so the same computation on absolute values gives the Σ|a||b| of each element. up=False: the result
    only (`forward=1`)."""
    ins = [i if isinstance(i, In) else In(i) for i in ins]
    begin(op, attrs if up else {**attrs, "forward": 1})
    for i in ins:
        given(i.base, "g" if i.grad else "-", i.view)
    leaves = [i.leaf() for i in ins]
    out = fn(*[i.argument(x) for i, x in zip(ins, leaves)])
    backward = up and out.requires_grad
    if backward:
        g = torch.randn(out.shape, generator=rng, dtype=torch.float64).to(out.dtype)
        record("up", g)
        out.backward(g)
    record("out", out)
    if backward:
        for k, leaf in enumerate(leaves):
            if leaf.requires_grad:
                if leaf.grad is None:
                    print(f"grad {k} none", file=sink)
                else:
                    record(f"grad {k}", leaf.grad)
    if scale:
        absolute = [i.leaf(True) if i.base.dtype.is_floating_point else i.leaf() for i in ins]
        size = fn(*[i.argument(x) for i, x in zip(ins, absolute)])
        scale_record("out", size)
        if backward:
            size.backward(g.abs())
            for k, leaf in enumerate(absolute):
                if leaf.requires_grad:
                    scale_record(k, leaf.grad)
    end()


def normal(*size):
    return torch.randn(size, generator=rng, dtype=torch.float64)


def positive(*size):
    return torch.rand(size, generator=rng, dtype=torch.float64) * 3 + 0.1


def labels(n, *size):
    return torch.randint(0, n, size, generator=rng)


def family_file(path, seed, fill):
    """One file: fill(dtype) for f64, then f32, from a fixed seed."""
    global sink
    rng.manual_seed(seed)
    with open(path, "w", encoding="ascii") as sink:
        print(f"# Made by make_vectors.py with PyTorch {torch.__version__.split('+')[0]}. Do not edit.", file=sink)
        for dt in [torch.float64, torch.float32]:
            fill(dt)
