#!/usr/bin/env python3
"""Makes tests/parity/schedule.txt with PyTorch: what linnet's schedules are held to. Run by hand; see README.md.

A case is a line `TEXT LR`, then records: `chained` with the rate at the start and after each step(), for a schedule that
has one `closed` with its closed form, and `metric` with what a plateau is given.

python tests/parity/make_schedule.py
"""

import math
import pathlib
import warnings

import torch
from torch.optim.lr_scheduler import (
    CosineAnnealingLR,
    ExponentialLR,
    LinearLR,
    ReduceLROnPlateau,
    SequentialLR,
    StepLR,
)

STEPS = 60
warnings.simplefilter("ignore")


def optimizer(lr):
    return torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=lr)


def lr_of(o):
    return o.param_groups[0]["lr"]


def numbers(values):
    return " ".join(map(repr, map(float, values)))


def chained(make, lr):
    o = optimizer(lr)
    s = make(o)
    out = [lr_of(o)]
    for _ in range(STEPS):
        o.step()
        s.step()
        out.append(lr_of(o))
    return out


def closed(make, lr):
    o = optimizer(lr)
    s = make(o)
    if not hasattr(s, "_get_closed_form_lr"):
        return None
    out = []
    for t in range(STEPS + 1):
        s.last_epoch = t
        out.append(s._get_closed_form_lr()[0])
    return out


def plateau(make, lr, metrics):
    o = optimizer(lr)
    s = make(o)
    out = [lr_of(o)]
    for m in metrics:
        s.step(m)
        out.append(lr_of(o))
    return out


def warmed(steps, start, after):
    return lambda o: SequentialLR(o, [LinearLR(o, start_factor=start, total_iters=steps), after(o)], milestones=[steps])


CASES = [
    ("step:1", lambda o: StepLR(o, 1)),
    ("step:30:0.5", lambda o: StepLR(o, 30, 0.5)),
    ("step:7:0.9", lambda o: StepLR(o, 7, 0.9)),
    ("step:4:1.25", lambda o: StepLR(o, 4, 1.25)),
    ("exponential:0.95", lambda o: ExponentialLR(o, 0.95)),
    ("exponential:0.1", lambda o: ExponentialLR(o, 0.1)),
    ("exponential:1.0", lambda o: ExponentialLR(o, 1.0)),
    ("cosine:60", lambda o: CosineAnnealingLR(o, 60)),
    ("cosine:10:0.001", lambda o: CosineAnnealingLR(o, 10, eta_min=0.001)),
    ("cosine:1", lambda o: CosineAnnealingLR(o, 1)),
    ("cosine:7:1e-05", lambda o: CosineAnnealingLR(o, 7, eta_min=1e-5)),
    ("linear", lambda o: LinearLR(o)),
    ("linear:0.1:1:20", lambda o: LinearLR(o, 0.1, 1.0, 20)),
    ("linear:1:0:60", lambda o: LinearLR(o, 1.0, 0.0, 60)),
    ("linear:0.5:0.25:3", lambda o: LinearLR(o, 0.5, 0.25, 3)),
    ("warmup:5,step:10:0.5", warmed(5, 1 / 3, lambda o: StepLR(o, 10, 0.5))),
    ("warmup:5:0.1,exponential:0.9", warmed(5, 0.1, lambda o: ExponentialLR(o, 0.9))),
    ("warmup:10,cosine:50", warmed(10, 1 / 3, lambda o: CosineAnnealingLR(o, 50))),
    ("warmup:1:0.25,cosine:20:0.01", warmed(1, 0.25, lambda o: CosineAnnealingLR(o, 20, eta_min=0.01))),
    (
        "exponential:0.9@12,step:5@30,cosine:9",
        lambda o: SequentialLR(o, [ExponentialLR(o, 0.9), StepLR(o, 5), CosineAnnealingLR(o, 9)], milestones=[12, 30]),
    ),
]

METRICS = {
    "falling": [1 / (1 + t) for t in range(30)],
    "flat": [1.0] * 30,
    "waves": [math.sin(t / 3) + 2 - t / 100 for t in range(60)],
    "nearly": [1 - 1e-5 * t for t in range(40)],
    "strange": [1.0, math.nan, 0.5, math.inf, -1.0, -2.0, -2.0, -1.9, math.nan, -2.5, -2.5, -2.5, -2.5, -2.5],
}
PLATEAUS = [
    ("plateau", {}),
    ("plateau:0.5:2", {"factor": 0.5, "patience": 2}),
    ("plateau:0.5:0:0", {"factor": 0.5, "patience": 0, "threshold": 0}),
    ("plateau:0.9:1:0.01:3", {"factor": 0.9, "patience": 1, "threshold": 0.01, "cooldown": 3}),
    ("plateau:0.3:1:0.0001:0:0.02", {"factor": 0.3, "patience": 1, "min_lr": 0.02}),
    ("plateau:0.1:0:0.0001:0:0:0.001", {"patience": 0, "eps": 1e-3}),
    ("plateau:0.5:1:0.05:1:0:1e-08:absolute", {"factor": 0.5, "patience": 1, "threshold": 0.05, "cooldown": 1, "threshold_mode": "abs"}),
    ("plateau:0.5:1:maximize", {"factor": 0.5, "patience": 1, "mode": "max"}),
    ("plateau:0.5:1:0.05:absolute:maximize", {"factor": 0.5, "patience": 1, "threshold": 0.05, "threshold_mode": "abs", "mode": "max"}),
]

if __name__ == "__main__":
    with open(pathlib.Path(__file__).parent / "schedule.txt", "w", encoding="ascii") as out:
        print(f"# Made by make_schedule.py with PyTorch {torch.__version__.split('+')[0]}. Do not edit.", file=out)
        for lr in [0.1, 0.03]:
            for text, make in CASES:
                print(text, repr(lr), file=out)
                print("chained", numbers(chained(make, lr)), file=out)
                if form := closed(make, lr):
                    print("closed", numbers(form), file=out)
        for text, options in PLATEAUS:
            for metrics in METRICS.values():
                print(text, "0.1", file=out)
                print("metric", numbers(metrics), file=out)
                print("chained", numbers(plateau(lambda o: ReduceLROnPlateau(o, **options), 0.1, metrics)), file=out)
