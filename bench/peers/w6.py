"""W6: (x * w + b).sum(), elementwise, forward and backward; w has a gradient, x and b have none. w6.py torch THREADS, w6.py numpy
(by hand: the gradient of w is x)."""
import sys

import numpy as np

from common import now, result


def torch_step(n):
    import torch
    x, b, w = torch.rand(n), torch.rand(n), torch.rand(n, requires_grad=True)

    def step():
        w.grad = None
        total = (x * w + b).sum()
        total.backward()
        return total.detach(), w.grad
    return step


def numpy_step(n):
    random = np.random.default_rng(42)
    x, b, w = (random.random(n, np.float32) for _ in range(3))
    product, gradient = np.empty_like(x), np.empty_like(x)

    def step():
        np.multiply(x, w, product)
        np.add(product, b, product)
        return np.add.reduce(product), np.multiply(x, np.float32(1), gradient)
    return step


def main():
    how = sys.argv[1]
    if how == "torch":
        import torch
        torch.set_num_threads(int(sys.argv[2]))
    for n, times in (2, 10000), (1000, 10000), (1000000, 200):
        step = (torch_step if how == "torch" else numpy_step)(n)
        for _ in range(times // 10):
            step()
        begin = now()
        for _ in range(times):
            total, gradient = step()
        seconds = (now() - begin) / times
        result(f"{n} elements", seconds, f"mean {float(total) / n:.3f}, mean gradient {float(gradient.mean()):.3f}")


main()
