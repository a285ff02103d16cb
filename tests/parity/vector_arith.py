"""Element by element: arithmetic, comparisons, in place."""

import torch

from vector_case import INF, NAN, SHAPES, SPECIAL, In, case, labels, normal, positive

BROADCAST = [
    ((), ()),
    ((3,), (3,)),
    ((2, 3), (3,)),
    ((2, 1), (1, 3)),
    ((2, 1, 3), (4, 1)),
    ((), (2, 2)),
    ((0, 3), (3,)),
    ((2, 0), (1, 1)),
]


def pairs():
    a = torch.tensor(SPECIAL, dtype=torch.float64)
    return a.repeat_interleave(len(SPECIAL)), a.repeat(len(SPECIAL))


def binary(op, fn, make_a, make_b, dt, special=True):
    for sa, sb in BROADCAST:
        case(op, fn, [make_a(*sa).to(dt), make_b(*sb).to(dt)])
    case(op, fn, [In(make_a(3, 2).to(dt), view="t:0:1"), In(make_b(2, 7).to(dt), view="s:1:1:7:2")])
    case(op, fn, [In(make_a(4, 3, 2).to(dt), view="i:1:1"), In(make_b(1, 2).to(dt), view="x:4x2")])
    if special:
        a, b = pairs()
        case(op, fn, [a.to(dt), b.to(dt)], signs=1)


def arith(dt):
    integers = [
        (labels(50, 2, 3), labels(50, 3)),
        (labels(50, 3).byte(), labels(50, 2, 1).byte()),
        (labels(9, 0, 2), labels(9, 2)),
    ]
    wrap = (torch.tensor([250, 255, 0, 7], dtype=torch.uint8), torch.tensor([10, 255, 1, 200], dtype=torch.uint8))
    for name in ["add", "sub", "mul", "div", "maximum", "minimum"]:
        fn = getattr(torch, name)
        binary(name, fn, normal, normal, dt)
        if dt == torch.float64 and name != "div":
            for a, b in [*integers, wrap]:
                case(name, fn, [a, b])
    binary("pow", torch.pow, positive, normal, dt)
    tie = torch.tensor([1.0, 2.0, -1.0, 0.0, -0.0], dtype=dt)
    case("maximum", torch.maximum, [tie, tie.flip(0).flip(0)])
    case("minimum", torch.minimum, [tie, tie.clone()])
    case("maximum", torch.maximum, [tie, torch.tensor(1.0, dtype=dt)])
    case(
        "pow",
        torch.pow,
        [
            torch.tensor([-2.0, -3.0, -1.5, 0.0, 4.0, -8.0], dtype=dt),
            torch.tensor([3.0, 2.0, -2.0, 2.0, 0.5, 1 / 3], dtype=dt),
        ],
    )
    for s in [0.75, -3.0, 0.0]:
        for name, fn in [
            ("add_scalar", lambda a: a + s),
            ("sub_scalar", lambda a: a - s),
            ("mul_scalar", lambda a: a * s),
            ("div_scalar", lambda a: a / s),
        ]:
            case(name, fn, [normal(2, 3).to(dt)], s=s)
            case(name, fn, [torch.tensor(SPECIAL, dtype=dt)], s=s, signs=1)
        case("mul_scalar", lambda a: a * s, [In(normal(3, 4).to(dt), view="t:0:1,s:0:0:4:2")], s=s)
        case("add_scalar", lambda a: a + s, [normal(0, 3).to(dt)], s=s)
    for s in [2.0, 3.0, 0.5, -1.0, 0.0, 1.0, 2.5, -2.0]:
        case("pow_scalar", lambda a: a**s, [positive(2, 3).to(dt)], s=s)
        case("pow_scalar", lambda a: a**s, [torch.tensor(SPECIAL, dtype=dt)], s=s)
    case("pow_scalar", lambda a: a**2.0, [normal(0, 2).to(dt)], s=2.0)
    case("pow_scalar", lambda a: a**3.0, [In(normal(3, 4).to(dt), view="t:0:1")], s=3.0)
    if dt == torch.float64:
        case("add_scalar", lambda a: a + 3, [labels(50, 2, 3)], s=3.0)
        case("mul_scalar", lambda a: a * 3, [labels(50, 2, 3).byte()], s=3.0)
    unary(dt)


def unary(dt):
    wide = torch.tensor([-700.0, -90.0, -20.0, -1e-3, 1e-3, 20.0, 80.0, 88.0], dtype=dt)
    tiny = torch.tensor([1e-30, 1e-3, 0.999, 1.0, 1.001, 7.0, 1e30], dtype=dt)
    for name, make, more in [
        ("neg", normal, None),
        ("abs", normal, None),
        ("square", normal, None),
        ("sqrt", positive, tiny),
        ("exp", normal, wide),
        ("log", positive, tiny),
        ("relu", normal, None),
        ("sign", normal, None),
    ]:
        fn = getattr(torch, name)
        for s in SHAPES:
            case(name, fn, [make(*s).to(dt)])
        case(name, fn, [In(make(3, 4).to(dt), view="t:0:1,s:0:0:4:2")])
        case(name, fn, [In(make(3, 1).to(dt), view="x:3x2")])
        case(name, fn, [torch.tensor(SPECIAL, dtype=dt)], signs=1)
        if more is not None:
            case(name, fn, [more])
        if dt == torch.float64 and name in ("neg", "abs", "square", "relu", "sign"):
            case(name, fn, [labels(20, 2, 3) - 10])
            case(name, fn, [labels(250, 4).byte()])
    for low, high in [(-0.5, 0.5), (-INF, 0.25), (-0.25, INF), (1.0, 1.0), (0.5, -0.5)]:
        fn = lambda a: torch.clamp(a, None if low == -INF else low, None if high == INF else high)
        case("clamp", fn, [normal(3, 4).to(dt)], low=low, high=high)
        case("clamp", fn, [torch.tensor([low, high, 0.0, -0.0, 7.0, -7.0], dtype=dt)], low=low, high=high)
        case("clamp", fn, [torch.tensor(SPECIAL, dtype=dt)], low=low, high=high, signs=1)
        case("clamp", fn, [In(normal(3, 4).to(dt), view="t:0:1")], low=low, high=high)
        case("clamp", fn, [normal(0, 4).to(dt)], low=low, high=high)
    if dt == torch.float64:
        case("clamp", lambda a: torch.clamp(a, 3, 8), [labels(20, 2, 3)], low=3.0, high=8.0)
    for sc, sa, sb in [
        ((3,), (3,), (3,)),
        ((2, 3), (3,), (2, 1)),
        ((), (2, 2), ()),
        ((2, 1, 3), (4, 1), (1,)),
        ((0, 3), (3,), ()),
    ]:
        case(
            "where",
            lambda c, a, b: torch.where(c.bool(), a, b),
            [labels(2, *sc).byte(), normal(*sa).to(dt), normal(*sb).to(dt)],
        )
    case(
        "where",
        lambda c, a, b: torch.where(c.bool(), a, b),
        [
            In(labels(2, 3, 2).byte(), view="t:0:1"),
            In(normal(2, 6).to(dt), view="s:1:0:6:2"),
            In(normal(2, 1).to(dt), view="x:2x3"),
        ],
    )
    a, b = pairs()
    case("where", lambda c, a, b: torch.where(c.bool(), a, b), [labels(2, 81).byte(), a.to(dt), b.to(dt)], signs=1)


def compare(dt):
    for name in ["eq", "ne", "lt", "le", "gt", "ge"]:
        fn = getattr(torch, name)
        for sa, sb in BROADCAST:
            case(name, fn, [(normal(*sa) * 2).round().to(dt), (normal(*sb) * 2).round().to(dt)])
        a, b = pairs()
        case(name, fn, [a.to(dt), b.to(dt)])
        case(name, fn, [In(labels(3, 3, 2).to(dt), view="t:0:1"), In(labels(3, 2, 7).to(dt), view="s:1:1:7:2")])
        case(name, fn, [labels(3, 2, 3), labels(3, 3).to(dt)])
        case(name, fn, [labels(3, 2, 3).byte(), labels(3, 2, 1)])
        for s in [1.0, 0.0, NAN]:
            case(name + "_scalar", lambda a: fn(a, s), [torch.tensor(SPECIAL, dtype=dt)], s=s)
        case(name + "_scalar", lambda a: fn(a, 2), [labels(4, 2, 3)], s=2.0)


def inplace(dt):
    """The first argument is cloned before it is changed: a leaf that requires grad may not be."""
    for name in ["add_", "sub_", "mul_", "div_"]:
        fn = lambda a, b: getattr(a.clone(), name)(b)
        for sa, sb in [((2, 3), (2, 3)), ((2, 3), (3,)), ((2, 3), ()), ((2, 1, 3), (1, 3)), ((0, 3), (3,))]:
            case(name, fn, [normal(*sa).to(dt), normal(*sb).to(dt)])
        case(name, fn, [normal(2, 3).to(dt), In(normal(3, 2).to(dt), view="t:0:1")])
        case(name, lambda a, b: getattr(a.clone() * 1.5, name)(b) * b, [normal(2, 3).to(dt), normal(3).to(dt)], then=1)
    for name in ["add_", "sub_", "mul_", "div_"]:
        case(name[:-1] + "_scalar_", lambda a: getattr(a.clone(), name)(0.75), [normal(2, 3).to(dt)], s=0.75)
    for name, make in [
        ("neg_", normal),
        ("abs_", normal),
        ("square_", normal),
        ("sqrt_", positive),
        ("exp_", normal),
        ("log_", positive),
        ("relu_", normal),
    ]:
        case(name, lambda a: getattr(a.clone(), name)(), [make(2, 3).to(dt)])
        case(name, lambda a: getattr(a.clone(), name)(), [make(0, 3).to(dt)])
    case("clamp_", lambda a: a.clone().clamp_(-0.5, 0.5), [normal(2, 3).to(dt)], low=-0.5, high=0.5)
    for sa, sb in [((2, 3), (2, 3)), ((2, 3), (3,)), ((2, 3), ()), ((2, 2), (2, 1)), ((0, 3), (3,))]:
        case("copy_", lambda a, b: a.clone().copy_(b), [normal(*sa).to(dt), normal(*sb).to(dt)])
    other = torch.float32 if dt == torch.float64 else torch.float64
    case("copy_", lambda a, b: a.clone().copy_(b), [normal(2, 3).to(dt), normal(2, 3).to(other)])
    case("copy_", lambda a, b: a.clone().copy_(b), [normal(2, 3).to(dt), labels(9, 2, 3)])
    case("copy_", lambda a, b: a.clone().copy_(b), [normal(2, 3).to(dt), In(normal(3, 2).to(dt), view="t:0:1")])
    for s in [0.0, -2.5, NAN]:
        case("fill_", lambda a: a.clone().fill_(s), [normal(2, 3).to(dt)], s=s)
    case("fill_", lambda a: a.clone().fill_(1.0), [normal(0, 3).to(dt)], s=1.0)
    case("zero_", lambda a: a.clone().zero_(), [normal(4).to(dt)])
