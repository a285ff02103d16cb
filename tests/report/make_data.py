#!/usr/bin/env python3
"""Make tests/report/data: what the golden pictures show of Fashion-MNIST (MIT licence, Zalando SE): a few test images with
their labels, and a softmax regression's course, its weights and its confusions on all of them. Needs numpy and the data set.

    make_data.py FASHION_MNIST_DIRECTORY
"""
import gzip
import sys
from pathlib import Path

import numpy as np

OUT = Path(__file__).parent / "data"


def idx(path):
    data = gzip.open(path).read()
    return np.frombuffer(data, np.uint8, offset=4 + 4 * data[3]).reshape(
        [int.from_bytes(data[4 + 4 * i:8 + 4 * i], "big") for i in range(data[3])])


def softmax(o):
    e = np.exp(o - o.max(1, keepdims=True))
    return e / e.sum(1, keepdims=True)


def main():
    folder = Path(sys.argv[1])
    X, y, T, t = (idx(folder / f"{part}-{what}.gz") for part in ("train", "t10k")
                  for what in ("images-idx3-ubyte", "labels-idx1-ubyte"))
    random = np.random.default_rng(0)
    flat = X.reshape(-1, 784).astype(np.float32) / 255
    W, b = random.normal(0, 0.01, (784, 10)).astype(np.float32), np.zeros(10, np.float32)
    history = []
    for _ in range(10):
        order = random.permutation(len(y))
        loss = correct = 0
        for at in range(0, len(y), 256):
            rows = order[at:at + 256]
            g = softmax(flat[rows] @ W + b)
            loss -= np.log(g[np.arange(len(rows)), y[rows]]).sum()
            correct += (g.argmax(1) == y[rows]).sum()
            g[np.arange(len(rows)), y[rows]] -= 1
            W -= 0.1 / len(rows) * flat[rows].T @ g
            b -= 0.1 / len(rows) * g.sum(0)
        tested = (T.reshape(-1, 784) / 255 @ W + b).argmax(1)
        history.append([loss / len(y), correct / len(y), (tested == t).mean()])
    p = softmax(T.reshape(-1, 784) / 255 @ W + b)
    counts = np.zeros((10, 10), np.int64)
    np.add.at(counts, (t, p.argmax(1)), 1)
    wrong = np.flatnonzero(p.argmax(1) != t)
    worst = wrong[np.argsort(-p[wrong].max(1))][:12]
    rows = np.concatenate([np.arange(18), worst])
    OUT.mkdir(exist_ok=True)
    np.save(OUT / "history.npy", np.array(history, np.float32))
    np.save(OUT / "images.npy", T[rows])
    np.save(OUT / "labels.npy", t[rows].astype(np.int64))
    np.save(OUT / "proba.npy", p[rows].astype(np.float32))
    np.save(OUT / "confusion.npy", counts)
    np.save(OUT / "weight.npy", W.T.astype(np.float16).copy())


main()
