"""Products, views, reductions, softmax, indexing."""

import torch
import torch.nn.functional as F

from vector_case import INF, NAN, NAMES, SHAPES, In, case, labels, normal


def matmul(dt):
    shapes = [
        ((3,), (3,)),
        ((2, 3), (3,)),
        ((3,), (3, 4)),
        ((2, 3), (3, 4)),
        ((1, 1), (1, 1)),
        ((5, 2, 3), (3, 4)),
        ((2, 3), (5, 3, 4)),
        ((5, 1, 2, 3), (4, 3, 2)),
        ((2, 2, 3), (3,)),
        ((3,), (2, 3, 2)),
        ((9, 17), (17, 9)),
        ((0, 3), (3, 2)),
        ((2, 0), (0, 3)),
        ((2, 3), (3, 0)),
        ((2, 0, 3), (3, 2)),
        ((0,), (0,)),
        ((1, 260), (260, 1)),
        ((130, 1), (1, 2)),
    ]
    for sa, sb in shapes:
        case("matmul", torch.matmul, [normal(*sa).to(dt), normal(*sb).to(dt)], scale=True)
    case(
        "matmul",
        torch.matmul,
        [In(normal(3, 2).to(dt), view="t:0:1"), In(normal(4, 3).to(dt), view="t:0:1")],
        scale=True,
    )
    case(
        "matmul",
        torch.matmul,
        [In(normal(2, 7).to(dt), view="s:1:0:6:2"), In(normal(3, 8).to(dt), view="s:1:0:8:2")],
        scale=True,
    )
    case(
        "matmul",
        torch.matmul,
        [In(normal(1, 3).to(dt), view="x:2x3"), In(normal(1, 3, 4).to(dt), view="x:5x3x4")],
        scale=True,
    )
    case(
        "matmul",
        torch.matmul,
        [torch.tensor([[1, NAN], [INF, 2], [0, 1]], dtype=dt), torch.tensor([[1, 0], [2, -INF]], dtype=dt)],
    )
    for s, out, bias in [
        ((2, 3), 4, 1),
        ((2, 3), 4, 0),
        ((3,), 4, 1),
        ((2, 5, 3), 4, 1),
        ((0, 3), 2, 1),
        ((2, 0), 3, 1),
        ((2, 260), 1, 1),
        ((131, 1), 2, 1),
        ((9, 17), 10, 1),
        ((2, 3), 1, 0),
        ((2, 3), 0, 1),
    ]:
        more = [normal(out).to(dt)] if bias else []
        case("affine", F.linear, [normal(*s).to(dt), normal(out, s[-1]).to(dt), *more], scale=True)
    case(
        "affine",
        F.linear,
        [In(normal(3, 2).to(dt), view="t:0:1"), In(normal(3, 4).to(dt), view="t:0:1"), normal(4).to(dt)],
        scale=True,
    )


def view(dt):
    for s, to in [
        ((2, 3), (3, 2)),
        ((2, 3), (-1,)),
        ((2, 3, 4), (2, -1)),
        ((), (1, 1)),
        ((1,), ()),
        ((0, 3), (3, 0)),
        ((6,), (2, 3)),
    ]:
        case("reshape", lambda a: a.reshape(to), [normal(*s).to(dt)], shape=to)
    case("reshape", lambda a: a.reshape(-1), [In(normal(3, 2).to(dt), view="t:0:1")], shape=[-1])
    case("reshape", lambda a: a.reshape(2, 4), [In(normal(2, 1).to(dt), view="x:2x4")], shape=[2, 4])
    for s, d in [
        ((2, 3), (1, 0)),
        ((2, 3, 4), (2, 0, 1)),
        ((2, 3, 4), (0, -1, 1)),
        ((), ()),
        ((0, 2), (1, 0)),
        ((3,), (0,)),
    ]:
        case("permute", lambda a: a.permute(d), [normal(*s).to(dt)], dims=d)
    case("transpose", lambda a: a.transpose(0, -1), [normal(2, 3, 2).to(dt)], dim0=0, dim1=-1)
    case("squeeze", lambda a: a.squeeze(), [normal(1, 3, 1).to(dt)])
    for d in [0, 1, -1]:
        case("squeeze_dim", lambda a: a.squeeze(d), [normal(1, 3, 1).to(dt)], dim=d)
        case("unsqueeze", lambda a: a.unsqueeze(d), [normal(2, 3).to(dt)], dim=d)
    case("flatten_dims", lambda a: a.flatten(1, -1), [normal(2, 3, 2).to(dt)], start=1, end=-1)
    case("flatten_dims", lambda a: a.flatten(0, 1), [In(normal(2, 3, 2).to(dt), view="t:0:2")], start=0, end=1)
    case("flatten_dims", lambda a: a.flatten(0, -1), [normal().to(dt)], start=0, end=-1)
    for s, to in [
        ((3,), (2, 3)),
        ((2, 1), (2, 4)),
        ((1, 3, 1), (2, -1, 2)),
        ((), (2, 2)),
        ((1, 3), (0, 3)),
        ((2, 3), (2, 3)),
        ((1,), (0,)),
    ]:
        case("expand", lambda a: a.expand(to), [normal(*s).to(dt)], shape=to)
    for d, start, end, step in [
        (0, 1, 3, 1),
        (1, 0, 4, 2),
        (1, -2, 99, 1),
        (0, -99, -1, 1),
        (1, 3, 1, 1),
        (-1, 0, 4, 3),
        (0, 0, 4, 1),
    ]:
        case(
            "slice_step",
            lambda a: a[(slice(None),) * (d % 2) + (slice(start, end, step),)],
            [normal(4, 4).to(dt)],
            dim=d,
            start=start,
            end=end,
            step=step,
        )
    case("slice", lambda a: a[:, 1:3], [In(normal(4, 3).to(dt), view="t:0:1")], dim=1, start=1, end=3)
    case("slice", lambda a: a[0:0], [normal(0, 3).to(dt)], dim=0, start=0, end=0)
    for d, i in [(0, 0), (1, -1), (-1, 1)]:
        case("select", lambda a: a.select(d, i), [normal(2, 3).to(dt)], dim=d, index=i)
    case("select", lambda a: a.select(0, 2), [normal(4).to(dt)], dim=0, index=2)
    case("select", lambda a: a.select(1, 1), [normal(0, 3).to(dt)], dim=1, index=1)
    for s in SHAPES:
        case("clone", torch.clone, [normal(*s).to(dt)])
    case("clone", torch.clone, [In(normal(3, 4).to(dt), view="t:0:1,s:0:0:4:2")])
    case("contiguous", lambda a: a.contiguous(), [In(normal(3, 4).to(dt), view="t:0:1")])
    for to in [torch.float32, torch.float64]:
        for s in [(2, 3), (), (0,)]:
            case("to", lambda a: a.to(to), [normal(*s).to(dt)], to=NAMES[to])
        case(
            "to",
            lambda a: a.to(to),
            [torch.tensor([NAN, INF, -INF, -0.0, 1e-45, 1e-310, 1e300, 1 + 2**-24 + 2**-50], dtype=dt)],
            to=NAMES[to],
        )
        case("to", lambda a: a.to(to), [labels(100, 4) - 50], to=NAMES[to])
        case("to", lambda a: a.to(to), [labels(255, 4).byte()], to=NAMES[to])
    case("to", lambda a: a.to(torch.int64), [torch.tensor([1.9, -1.9, 0.0, -0.0, 123456.7], dtype=dt)], to="i64")
    case("to", lambda a: a.to(torch.uint8), [torch.tensor([1.9, 0.0, -0.0, 255.0], dtype=dt)], to="u8")
    if dt == torch.float64:
        case("to", lambda a: a.to(torch.int64), [labels(250, 3).byte()], to="i64")
        case("reshape", lambda a: a.reshape(3, 2), [labels(9, 2, 3)], shape=[3, 2])
        case("permute", lambda a: a.permute(1, 0), [labels(9, 2, 3).byte()], dims=[1, 0])


DIMS = [
    ((2, 3), (0,)),
    ((2, 3), (-1,)),
    ((2, 3, 4), (0, 2)),
    ((2, 3, 4), (1,)),
    ((2, 3, 4), (0, 1, 2)),
    ((0, 3), (0,)),
    ((3, 0), (0,)),
    ((131, 1), (0,)),
    ((2, 20), (1,)),
]


def reduce(dt):
    for name, fn in [("sum", torch.sum), ("mean", torch.mean)]:
        for s in [*SHAPES, (300,)]:
            case(name, fn, [normal(*s).to(dt)], scale=s not in [(0,), (2, 0)])
        case(name, fn, [In(normal(3, 4).to(dt), view="t:0:1,s:0:0:4:2")], scale=True)
        case(name, fn, [In(normal(3, 1).to(dt), view="x:3x4")], scale=True)
        for special in [[1, INF], [INF, -INF], [NAN, 1], [-0.0, -0.0]]:
            case(name, fn, [torch.tensor(special, dtype=dt)])
        for s, d in DIMS:
            for keep in [False, True]:
                case(
                    name + "_dims",
                    lambda a: fn(a, d, keepdim=keep),
                    [normal(*s).to(dt)],
                    scale=True,
                    dims=d,
                    keepdim=keep,
                )
        case(
            name + "_dims",
            lambda a: fn(a, [1]),
            [In(normal(3, 2, 4).to(dt), view="t:0:2")],
            scale=True,
            dims=[1],
            keepdim=0,
        )
        case(name + "_dim", lambda a: fn(a, -2, keepdim=True), [normal(2, 3, 2).to(dt)], scale=True, dim=-2, keepdim=1)
    if dt == torch.float64:
        case("sum", torch.sum, [labels(250, 40).byte()])
        case("sum_dims", lambda a: a.sum([0]), [labels(99, 3, 2)], dims=[0], keepdim=0)
    extremes(dt)
    for s in [(5,), (2, 3), (300,), (1,)]:
        for c in [0, 1]:
            case("var", lambda a: torch.var(a, correction=c), [normal(*s).to(dt)], correction=c)
    case("var", lambda a: torch.var(a, correction=1), [normal(0).to(dt)], correction=1)
    case("var", lambda a: torch.var(a, correction=1), [normal(50).to(dt) * 1e-2 + 100], correction=1)
    for s, d in DIMS:
        for c in [0, 1, 2]:
            case(
                "var_dims",
                lambda a: torch.var(a, d, correction=c, keepdim=c == 1),
                [normal(*s).to(dt)],
                dims=d,
                correction=c,
                keepdim=c == 1,
            )
    case(
        "var_dims",
        lambda a: torch.var(a, [0], correction=1),
        [In(normal(3, 4).to(dt), view="t:0:1")],
        dims=[0],
        correction=1,
        keepdim=0,
    )
    case("var", lambda a: torch.var(a, correction=1), [torch.tensor([1, NAN, 2], dtype=dt)], correction=1)


def extremes(dt):
    ties = [torch.tensor(v, dtype=dt) for v in ([1, 3, 3, 0], [3, 3, 3, 3], [-1, -1, 2, -1])]
    strange = [
        torch.tensor(v, dtype=dt)
        for v in ([1, NAN, 2, NAN], [INF, 1, INF, -INF], [-INF, -INF, -INF, -INF], [0.0, -0.0, -0.0, 0.0])
    ]
    for name in ["max", "min"]:
        full, most, arg = getattr(torch, name), getattr(torch, "a" + name), getattr(torch, "arg" + name)
        along = lambda a, d, keep: full(a, d, keepdim=keep).values
        for s in [(), (5,), (2, 3), (2, 1, 3), (40,)]:
            case(name, full, [normal(*s).to(dt)])
            case("arg" + name, arg, [normal(*s).to(dt)])
        for t in [*ties, *strange]:
            case(name, full, [t])
            case("arg" + name, arg, [t])
            two = torch.stack([t, t.flip(0)])
            for d in [0, 1]:
                case(name + "_dim", lambda a: along(a, d, False), [two], dim=d, keepdim=0)
                case("arg" + name + "_dim", lambda a: arg(a, d), [two], dim=d, keepdim=0)
                case(name + "_dims", lambda a: most(a, [d]), [two], dims=[d], keepdim=0)
            case(name + "_dims", lambda a: most(a, [0, 1], keepdim=True), [two], dims=[0, 1], keepdim=1)
        for s, d in [((2, 3), 0), ((2, 3), -1), ((2, 3, 4), 1), ((0, 3), 1), ((131, 2), 0), ((3,), 0)]:
            for keep in [False, True]:
                case(name + "_dim", lambda a: along(a, d, keep), [normal(*s).to(dt)], dim=d, keepdim=keep)
                case(
                    "arg" + name + "_dim",
                    lambda a: arg(a, d, keepdim=keep),
                    [normal(*s).to(dt)],
                    dim=d,
                    keepdim=keep,
                )
        for s, d in DIMS:
            if s != (0, 3):
                case(name + "_dims", lambda a: most(a, d, keepdim=True), [normal(*s).to(dt)], dims=d, keepdim=1)
        case(name + "_dim", lambda a: along(a, 1, False), [In(normal(3, 2, 4).to(dt), view="t:0:2")], dim=1, keepdim=0)
        case(name, full, [In(normal(3, 4).to(dt), view="s:1:0:4:2")])
        if dt == torch.float64:
            case(name, full, [labels(99, 7)])
            case(name + "_dim", lambda a: along(a, 0, False), [labels(99, 7, 2).byte()], dim=0, keepdim=0)
            case("arg" + name, arg, [labels(9, 40)])


def softmax(dt):
    wild = torch.tensor(
        [[1000.0, 1000.0, -1000.0], [-INF, 0.0, 1.0], [88.0, -88.0, 0.0], [-1e30, -1e30, -1e30]], dtype=dt
    )
    bad = torch.tensor([[NAN, 0.0, 1.0], [INF, 0.0, 1.0], [-INF, -INF, -INF]], dtype=dt)
    for s, d in [
        ((4,), 0),
        ((2, 3), 1),
        ((2, 3), 0),
        ((2, 3, 4), 1),
        ((2, 3, 4), -1),
        ((0, 3), 1),
        ((0, 3), 0),
        ((3, 40), 1),
        ((1, 1), 1),
        ((131, 2), 1),
    ]:
        case("softmax", lambda a: torch.softmax(a, d), [normal(*s).to(dt) * 3], dim=d)
        case("log_softmax", lambda a: torch.log_softmax(a, d), [normal(*s).to(dt) * 3], dim=d)
        for keep in [False, True]:
            case(
                "logsumexp", lambda a: torch.logsumexp(a, d, keepdim=keep), [normal(*s).to(dt) * 3], dim=d, keepdim=keep
            )
    for t, up in [(wild, True), (bad, False)]:
        case("softmax", lambda a: torch.softmax(a, 1), [t], up=up, dim=1)
        case("log_softmax", lambda a: torch.log_softmax(a, 1), [t], up=up, dim=1)
        case("logsumexp", lambda a: torch.logsumexp(a, 1), [t], up=up, dim=1, keepdim=0)
    case("softmax", lambda a: torch.softmax(a, 0), [In(normal(3, 4).to(dt), view="t:0:1,s:0:0:4:2")], dim=0)
    case("log_softmax", lambda a: torch.log_softmax(a, 1), [In(normal(3, 4).to(dt), view="t:0:1")], dim=1)
    case("logsumexp", lambda a: torch.logsumexp(a, 0), [In(normal(3, 4).to(dt), view="t:0:1")], dim=0, keepdim=0)
    case("logsumexp_dims", lambda a: torch.logsumexp(a, [0, 2]), [normal(2, 3, 4).to(dt)], dims=[0, 2], keepdim=0)
    case("softmax", lambda a: torch.softmax(a, 0), [normal().to(dt)], dim=0)
    nll = lambda o, y: F.cross_entropy(o, y, reduction="none")
    for n, c in [(4, 3), (1, 1), (0, 3), (7, 10), (131, 2)]:
        case("softmax_nll", nll, [normal(n, c).to(dt) * 3, labels(c, n)])
    case("softmax_nll", nll, [wild, torch.tensor([2, 0, 1, 1])])
    case("softmax_nll", nll, [In(normal(3, 4).to(dt), view="t:0:1"), labels(3, 4)])


def index(dt):
    for s, i in [((4,), [2, 0, 2]), ((4, 3), [[1, -1], [0, 0]]), ((3, 2, 2), [2]), ((3, 2), []), ((5, 2), [-5, 4])]:
        case("index", lambda t, i: t[i], [normal(*s).to(dt), torch.tensor(i, dtype=torch.int64)])
    case("index", lambda t, i: t[i], [normal(4, 2).to(dt), torch.tensor(3)])
    case("index", lambda t, i: t[i], [In(normal(2, 4).to(dt), view="t:0:1"), In(labels(4, 6), view="s:0:0:6:2")])
    case("index", lambda t, i: t[i], [normal(3, 0).to(dt), labels(3, 2)])
    for s, d in [((4, 3), 0), ((4, 3), 1), ((2, 3, 4), -2), ((0, 3), 1), ((5,), 0)]:
        case("index_select", lambda t, i: t.index_select(d, i), [normal(*s).to(dt), labels(3, 4)], dim=d)
    case(
        "index_select",
        lambda t, i: t.index_select(1, i),
        [In(normal(3, 4).to(dt), view="t:0:1"), torch.tensor([2, 2, 0])],
        dim=1,
    )
    case(
        "index_select",
        lambda t, i: t.index_select(0, i),
        [normal(3, 2).to(dt), torch.tensor([], dtype=torch.int64)],
        dim=0,
    )
    at = lambda t, *i: t[i]
    case(
        "index_at",
        at,
        [torch.tensor([[0.1, 0.3, 0.6], [0.3, 0.2, 0.5]], dtype=dt), torch.tensor([0, 1]), torch.tensor([0, 2])],
    )
    case("index_at", at, [normal(3, 4, 2).to(dt), labels(3, 5), labels(4, 5)])
    case("index_at", at, [normal(3, 4).to(dt), labels(3, 2, 1), labels(4, 3)])
    case("index_at", at, [normal(3, 4).to(dt), torch.tensor([-1, -3, -1]), torch.tensor([-4, 0, -4])])
    case("index_at", at, [normal(3, 4).to(dt), torch.tensor(1), labels(4, 3)])
    case("index_at", at, [normal(2, 3, 2).to(dt), labels(2, 4), labels(3, 4), labels(2, 4)])
    case("index_at", at, [normal(3, 4).to(dt), labels(3, 0), labels(4, 0)])
    case("index_at", at, [In(normal(3, 4).to(dt), view="t:0:1"), labels(4, 3), labels(3, 3)])
    for s, d, si in [
        ((4, 3), 0, (2, 3)),
        ((4, 3), 1, (4, 5)),
        ((2, 3, 4), -1, (2, 2, 3)),
        ((5,), 0, (7,)),
        ((0, 3), 1, (0, 2)),
        ((3, 4), 0, (0, 4)),
    ]:
        n = s[d]
        case("gather", lambda t, i: t.gather(d, i), [normal(*s).to(dt), labels(max(n, 1), *si)], dim=d)
    case(
        "gather",
        lambda t, i: t.gather(1, i),
        [In(normal(3, 4).to(dt), view="t:0:1"), In(labels(3, 2, 4), view="t:0:1")],
        dim=1,
    )
    if dt == torch.float64:
        for y, c in [(labels(4, 5), 4), (labels(3, 2, 2), 5), (torch.tensor(1), 3), (labels(3, 0), 3)]:
            case("one_hot", lambda y: F.one_hot(y, c), [y], classes=c)
        case("one_hot", lambda y: F.one_hot(y), [torch.tensor([0, 2, 5])], classes=0)
        case("index", lambda t, i: t[i], [labels(200, 4, 2).byte(), labels(4, 3)])
        case("gather", lambda t, i: t.gather(1, i), [labels(200, 4, 3), labels(3, 4, 1)], dim=1)
        case("cat", lambda *t: torch.cat(t, 0), [labels(9, 2, 2), labels(9, 1, 2)], dim=0)
    for shapes, d in [
        ([(2, 3), (1, 3)], 0),
        ([(2, 1), (2, 3), (2, 2)], -1),
        ([(3,)], 0),
        ([(2, 3), (0, 3)], 0),
        ([(2, 2, 2), (2, 1, 2)], 1),
        ([(0, 3), (0, 2)], 1),
    ]:
        case("cat", lambda *t: torch.cat(t, d), [normal(*s).to(dt) for s in shapes], dim=d)
    case(
        "cat",
        lambda *t: torch.cat(t, 1),
        [In(normal(3, 2).to(dt), view="t:0:1"), In(normal(2, 1).to(dt), view="x:2x2")],
        dim=1,
    )
    for s, n, d in [((2, 3), 2, 0), ((2, 3), 3, 1), ((2, 3), 2, -1), ((), 3, 0), ((0, 2), 2, 1), ((3,), 1, 1)]:
        case("stack", lambda *t: torch.stack(t, d), [normal(*s).to(dt) for _ in range(n)], dim=d)
    case("stack", lambda *t: torch.stack(t, 0), [In(normal(3, 2).to(dt), view="t:0:1"), normal(2, 3).to(dt)], dim=0)
