"""W2: one shuffled pass over the training images in float32 batches of 256. w2.py FOLDER book|torch|numpy"""
import sys

import numpy as np

from common import fashion, now, result

BATCH = 256


def book(folder):
    import torch
    from w1_book import FashionMNIST
    loader = torch.utils.data.DataLoader(FashionMNIST(folder, "train"), BATCH, shuffle=True, num_workers=4)
    yield from (X.view(-1, 784) for X, y in loader)


def torch_bytes(images, labels):
    import torch
    X, y = torch.from_numpy(images), torch.from_numpy(labels)
    bytes_, floats = torch.empty(BATCH, 784, dtype=torch.uint8), torch.empty(BATCH, 784)
    for picked in torch.randperm(len(X)).split(BATCH):
        n = len(picked)
        torch.index_select(y, 0, picked)
        yield floats[:n].copy_(torch.index_select(X, 0, picked, out=bytes_[:n])).mul_(1 / 255)


def numpy_bytes(images, labels):
    bytes_, floats = np.empty((BATCH, 784), np.uint8), np.empty((BATCH, 784), np.float32)
    order = np.random.default_rng().permutation(len(images))
    for at in range(0, len(images), BATCH):
        picked = order[at:at + BATCH]
        n = len(picked)
        labels.take(picked)
        yield np.multiply(np.take(images, picked, 0, bytes_[:n], "clip"), np.float32(1 / 255), floats[:n])


def main():
    folder, how = sys.argv[1], sys.argv[2]
    images, labels = fashion(folder, "train")
    images, labels = images.reshape(-1, 784), labels.astype(np.int64)
    passes = {"book": lambda: book(folder), "torch": lambda: torch_bytes(images, labels),
              "numpy": lambda: numpy_bytes(images, labels)}[how]
    for _ in range(1 if how == "book" else 9):
        rows, total, begin = 0, 0.0, now()
        for X in passes():
            rows += len(X)
            total += float(X[len(X) // 2, 406])
        result("shuffled", now() - begin, f"{rows} rows, a pixel's mean {total / 235:.2f}")


if __name__ == "__main__":
    main()
