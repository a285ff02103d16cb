"""W4: one epoch of linear regression over rows of 28 float32 features in memory, batch 256, in order and shuffled.
w4.py torch-book|torch-hand|numpy|sklearn X.npy Y.npy [THREADS]. The loss is that of the last thousand batches."""
import sys

import numpy as np

from common import now, result

BATCH, LR, LAST = 256, 0.01, 1000


def torch_book(X, y, shuffled):
    """The book's from-scratch iterator, which slices or picks; nn, autograd and the optimizer."""
    import torch
    X, y = torch.from_numpy(X), torch.from_numpy(y)
    net = torch.nn.Linear(X.shape[1], 1)
    torch.nn.init.zeros_(net.weight)
    torch.nn.init.zeros_(net.bias)
    loss, trainer = torch.nn.MSELoss(), torch.optim.SGD(net.parameters(), lr=LR)
    order = torch.randperm(len(X)) if shuffled else None
    losses = []
    for at in range(0, len(X), BATCH):
        picked = order[at:at + BATCH] if shuffled else slice(at, at + BATCH)
        l = loss(net(X[picked]), y[picked])
        trainer.zero_grad()
        l.backward()
        trainer.step()
        if at + LAST * BATCH >= len(X):
            losses.append(l.item())
    return losses


def torch_hand(X, y, shuffled):
    """No autograd, and into what is there already."""
    import torch
    X, y = torch.from_numpy(X), torch.from_numpy(y)
    w, b, losses = torch.zeros(X.shape[1], 1), torch.zeros(1), []
    order = torch.randperm(len(X)) if shuffled else None
    batch, target, error = torch.empty(BATCH, X.shape[1]), torch.empty(BATCH, 1), torch.empty(BATCH, 1)
    for at in range(0, len(X), BATCH):
        n = min(BATCH, len(X) - at)
        if shuffled:
            picked = order[at:at + n]
            rows = torch.index_select(X, 0, picked, out=batch[:n])
            aim = torch.index_select(y, 0, picked, out=target[:n])
        else:
            rows, aim = X[at:at + n], y[at:at + n]
        e = torch.addmm(b, rows, w, out=error[:n]).sub_(aim)
        if at + LAST * BATCH >= len(X):
            losses.append(float(e.square().mean()))
        w.addmm_(rows.T, e, alpha=-2 * LR / n)
        b.sub_(e.sum(), alpha=2 * LR / n)
    return losses


def by_numpy(X, y, shuffled):
    w, b, losses = np.zeros((X.shape[1], 1), np.float32), np.zeros(1, np.float32), []
    order = np.random.default_rng(42).permutation(len(X)) if shuffled else None
    batch, target, error = np.empty((BATCH, X.shape[1]), np.float32), np.empty((BATCH, 1), np.float32), np.empty((BATCH, 1), np.float32)
    for at in range(0, len(X), BATCH):
        n = min(BATCH, len(X) - at)
        if shuffled:
            picked = order[at:at + n]
            rows, aim = X.take(picked, 0, batch[:n], "clip"), y.take(picked, 0, target[:n], "clip")
        else:
            rows, aim = X[at:at + n], y[at:at + n]
        e = np.dot(rows, w, error[:n])
        e += b
        e -= aim
        if at + LAST * BATCH >= len(X):
            losses.append(float(np.mean(e * e)))
        rate = np.float32(2 * LR / n)
        w -= rate * rows.T.dot(e)
        b -= rate * np.add.reduce(e)
    return losses


def by_sklearn(X, y, shuffled):
    """Row by row, as SGDRegressor does; its own rate."""
    from sklearn.linear_model import SGDRegressor
    model = SGDRegressor(penalty=None, learning_rate="constant", eta0=1e-4, max_iter=1, tol=None, shuffle=shuffled, random_state=42)
    model.fit(X, y.ravel())
    last = slice(-LAST * BATCH, None)
    return [float(np.mean((model.predict(X[last]) - y.ravel()[last])**2))]


def main():
    how = sys.argv[1]
    if how.startswith("torch"):
        import torch
        torch.set_num_threads(int(sys.argv[4]))
    X, y = np.load(sys.argv[2]), np.load(sys.argv[3]).reshape(-1, 1)
    epoch = {"torch-book": torch_book, "torch-hand": torch_hand, "numpy": by_numpy, "sklearn": by_sklearn}[how]
    epoch(X[:10000], y[:10000], True)  # what is imported, allocated or started at first use is not what is measured
    for name in "in order", "shuffled":
        begin = now()
        losses = epoch(X, y, name == "shuffled")
        result(name, now() - begin, f"loss {np.mean(losses):.3e} of the last {LAST} batches")


main()
