"""Losses and SGD."""

import itertools

import torch
import torch.nn.functional as F

from vector_case import INF, NAN, In, begin, case, end, given, labels, normal, positive, record

REDUCTIONS = ["mean", "sum", "none"]


def loss(dt):
    book = lambda a, b, reduction: {"none": lambda x: x, "mean": torch.mean, "sum": torch.sum}[reduction](
        (a - b) ** 2 / 2
    )
    tables = [
        ("mse", F.mse_loss, [{}]),
        ("squared", book, [{}]),
        ("l1", F.l1_loss, [{}]),
        ("huber", F.huber_loss, [{}, {"delta": 0.5}, {"delta": 2.0}]),
        ("smooth_l1", F.smooth_l1_loss, [{}, {"beta": 0.5}, {"beta": 2.0}]),
    ]
    for (name, fn, options), red in itertools.product(tables, REDUCTIONS):
        for o in options:
            for s in [(), (4,), (3, 2), (200, 1), (0, 2)]:
                if s != (200, 1) or (red == "mean" and o == {}):
                    case(
                        name,
                        lambda a, b: fn(a, b, reduction=red, **o),
                        [normal(*s).to(dt) * 2, normal(*s).to(dt)],
                        reduction=red,
                        **o,
                    )
            edge = torch.tensor([0.0, 0.5, -0.5, 1.0, -1.0, 2.0, -2.0, 3.0, INF, NAN], dtype=dt)
            case(
                name,
                lambda a, b: fn(a, b, reduction="none", **o),
                [edge, torch.zeros_like(edge)],
                reduction="none",
                **o,
            )
            case(
                name,
                lambda a, b: fn(a, b, reduction=red, **o),
                [In(normal(3, 2).to(dt), view="t:0:1"), normal(2, 3).to(dt)],
                reduction=red,
                **o,
            )
    for red, full, eps in itertools.product(REDUCTIONS, [False, True], [1e-6, 0.5]):
        fn = lambda a, b, v: F.gaussian_nll_loss(a, b, v, full=full, eps=eps, reduction=red)
        for s, sv in [((4,), (4,)), ((3, 2), (3, 1)), ((3, 2), (3, 2))]:
            case(
                "gaussian_nll",
                fn,
                [normal(*s).to(dt), normal(*s).to(dt), positive(*sv).to(dt)],
                reduction=red,
                full=full,
                eps=eps,
                var=2,
            )
    case(
        "gaussian_nll",
        lambda a, b, v: F.gaussian_nll_loss(a, b, v, reduction="sum"),
        [normal(3).to(dt), normal(3).to(dt), torch.tensor([0.0, 1e-7, 1.0], dtype=dt)],
        reduction="sum",
        var=2,
    )
    for red in REDUCTIONS:
        size = {"none": lambda x: x, "mean": torch.mean, "sum": torch.sum}[red]
        cross = lambda q, p: size(-torch.special.xlogy(p, q).sum(-1))
        for s in [(3,), (4, 3), (2, 3, 4)]:
            q, p = (torch.softmax(normal(*s), -1).to(dt) for _ in range(2))
            case("distribution_cross_entropy", cross, [q, In(p, False)], reduction=red)
        book_q = torch.tensor([[0.7, 0.2, 0.1], [0.0, 0.5, 0.5]], dtype=dt)
        book_p = torch.tensor([[1.0, 0.0, 0.0], [0.0, 1.0, 0.0]], dtype=dt)
        case("distribution_cross_entropy", cross, [In(book_q, False), In(book_p, False)], reduction=red)
        case("distribution_cross_entropy", cross, [In(book_q[:1]), In(book_p[:1], False)], reduction=red)
    likelihood(dt)
    extremes(dt)


def likelihood(dt):
    """Cross-entropy and NLL: indices with every option, then probabilities."""
    spots = [((4, 3), (4,)), ((3,), ()), ((2, 3, 2), (2, 2)), ((1, 3, 2, 2), (1, 2, 2)), ((0, 3), (0,))]
    for (name, fn), red in itertools.product([("cross_entropy", F.cross_entropy), ("nll", F.nll_loss)], REDUCTIONS):
        make = (
            (lambda *s: normal(*s) * 3)
            if name == "cross_entropy"
            else (lambda *s: torch.log_softmax(normal(*s) * 3, min(1, len(s) - 1)))
        )
        smooth = [0.0, 0.1] if name == "cross_entropy" else [0.0]
        for (s, sy), ls, weighted, ignored in itertools.product(spots, smooth, [False, True], [False, True]):
            more = {"label_smoothing": ls} if name == "cross_entropy" else {}
            y = labels(3, *sy)
            w = [In(positive(3).to(dt), False)] if weighted else []
            told = {
                "reduction": red,
                **({"weight": 2} if weighted else {}),
                **({"label_smoothing": ls} if ls else {}),
                **({"ignore_index": 1} if ignored else {}),
            }
            case(
                name,
                lambda a, y, w=None: fn(a, y, w, reduction=red, ignore_index=1 if ignored else -100, **more),
                [make(*s).to(dt), y, *w],
                **told,
            )
        case(
            name,
            lambda a, y: fn(a, y, reduction=red, ignore_index=-5),
            [make(4, 3).to(dt), torch.tensor([0, -5, 2, -5])],
            reduction=red,
            ignore_index=-5,
        )
        case(
            name,
            lambda a, y: fn(a, y, reduction=red, ignore_index=0),
            [make(2, 3).to(dt), torch.tensor([0, 0])],
            reduction=red,
            ignore_index=0,
        )
    for red, s, ls, weighted in itertools.product(
        REDUCTIONS, [(4, 3), (3,), (2, 3, 2), (0, 3)], [0.0, 0.1], [False, True]
    ):
        w = [In(positive(3).to(dt), False)] if weighted else []
        told = {"reduction": red, **({"weight": 2} if weighted else {}), **({"label_smoothing": ls} if ls else {})}
        p = torch.softmax(normal(*s), min(1, len(s) - 1))
        case(
            "cross_entropy",
            lambda a, p, w=None: F.cross_entropy(a, p, w, reduction=red, label_smoothing=ls),
            [normal(*s).to(dt) * 3, In(p.to(dt), False), *w],
            **told,
        )
    wild = torch.tensor([[1000.0, -1000.0, 0.0], [88.0, -88.0, 90.0]], dtype=dt)
    case("cross_entropy", lambda a, y: F.cross_entropy(a, y), [wild, torch.tensor([1, 0])], reduction="mean")


def extremes(dt):
    """Cross-entropy where numbers end: many rows, impossible classes, large logits, one-hot truth, weights of 0."""
    zero_weight = torch.tensor([0.0, 2.0, 0.5], dtype=dt)
    masked = torch.tensor([[0.5, -INF, 1.0], [-INF, 2.0, -1.0], [1.0, 0.0, -INF]], dtype=dt)
    wild = torch.tensor([[1000.0, -1000.0, 0.0], [88.0, -88.0, 90.0], [-1e30, 0.0, 1.0]], dtype=dt)
    one_hot = F.one_hot(torch.tensor([1, 0, 2]), 3).to(dt)
    for red in REDUCTIONS:
        plain = lambda a, y: F.cross_entropy(a, y, reduction=red)
        case("cross_entropy", plain, [masked, torch.tensor([0, 1, 1])], reduction=red)
        case("cross_entropy", plain, [wild, In(one_hot, False)], reduction=red)
        for ls in [0.1, 1.0]:
            smooth = lambda a, y: F.cross_entropy(a, y, reduction=red, label_smoothing=ls)
            case("cross_entropy", smooth, [wild, torch.tensor([1, 0, 2])], reduction=red, label_smoothing=ls)
        weighted = lambda a, y, w: F.cross_entropy(a, y, w, reduction=red)
        y = torch.tensor([0, 0, 2])
        case("cross_entropy", weighted, [normal(3, 3).to(dt), y, In(zero_weight, False)], reduction=red, weight=2)
        y = torch.tensor([0, 0, 0])
        case("cross_entropy", weighted, [normal(3, 3).to(dt), y, In(zero_weight, False)], reduction=red, weight=2)
    case("cross_entropy", lambda a, y: F.cross_entropy(a, y), [normal(300, 10).to(dt) * 3, labels(10, 300)])


def mse(dt):
    """The fused op under the loss of that name, its mean alone."""
    for s in [(), (4,), (3, 2), (200, 1), (0, 2)]:
        case("mse_loss", F.mse_loss, [normal(*s).to(dt), normal(*s).to(dt)])
    case("mse_loss", F.mse_loss, [In(normal(3, 4).to(dt), view="t:0:1"), In(normal(4, 6).to(dt), view="s:1:0:6:2")])
    case("mse_loss", F.mse_loss, [torch.tensor([INF, 1.0, -0.0], dtype=dt), torch.tensor([1.0, 1.0, 0.0], dtype=dt)])


def sgd(dt):
    """in 0 is the start, in 1 … the gradients of the steps; an `out` is the parameter after a step."""
    steps = 4
    options = []
    for lr, m, d, wd, nesterov, up in itertools.product(
        [0.1], [0.0, 0.9], [0.0, 0.5], [0.0, 0.01], [False, True], [False, True]
    ):
        if not nesterov or (m > 0 and d == 0):
            options.append(dict(lr=lr, momentum=m, dampening=d, weight_decay=wd, nesterov=nesterov, maximize=up))
    options += [
        dict(momentum=0.9),
        dict(lr=0.5),
        dict(lr=0.1, momentum=0.9, skip=1),
        dict(lr=0.1, momentum=0.9, dampening=0.5, skip=0),
        dict(lr=0.1, momentum=0.9, lr_after_2=0.01),
        dict(lr=0.1, weight_decay=0.1, skip=2),
    ]
    for o in options:
        begin("sgd", o)
        start, gradients = normal(2, 3).to(dt), [normal(2, 3).to(dt) for _ in range(steps)]
        for t in [start, *gradients]:
            given(t)
        p = start.clone().requires_grad_(True)
        optimizer = torch.optim.SGD([p], **{k: v for k, v in o.items() if k not in ("skip", "lr_after_2")})
        for k, g in enumerate(gradients):
            if k == 2 and "lr_after_2" in o:
                optimizer.param_groups[0]["lr"] = o["lr_after_2"]
            p.grad = None if o.get("skip") == k else g.clone()
            optimizer.step()
            record("out", p)
        end()
