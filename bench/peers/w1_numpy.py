"""W1 in NumPy, bytes in memory, float32 batches in place. w1_numpy.py FOLDER; the number of threads is OPENBLAS_NUM_THREADS."""
import sys

import numpy as np

from common import fashion, now, result

EPOCHS, BATCH, LR = 10, 256, np.float32(0.1)


def train(X, y, test_X, test_y):
    random = np.random.default_rng(42)
    W, b = random.standard_normal((784, 10), np.float32) * np.float32(0.01), np.zeros(10, np.float32)
    bytes_, floats = np.empty((BATCH, 784), np.uint8), np.empty((BATCH, 784), np.float32)
    test_floats = np.empty(test_X.shape, np.float32)
    scale = np.float32(1 / 255)
    for _ in range(EPOCHS):
        order, total, right = random.permutation(len(X)), 0.0, 0
        for at in range(0, len(X), BATCH):
            picked = order[at:at + BATCH]
            n = len(picked)
            batch = np.multiply(np.take(X, picked, 0, bytes_[:n], "clip"), scale, floats[:n])
            target, rows = y[picked], np.arange(n)
            logits = batch @ W
            logits += b
            right += np.count_nonzero(logits.argmax(1) == target)
            logits -= logits.max(1, keepdims=True)
            picked_logits = logits[rows, target]
            np.exp(logits, logits)
            sums = logits.sum(1, keepdims=True)
            total += float(np.log(sums).sum() - picked_logits.sum())
            logits /= sums
            logits[rows, target] -= 1
            W -= (LR / n) * (batch.T @ logits)
            b -= (LR / n) * logits.sum(0)
        np.multiply(test_X, scale, test_floats)
        hits = np.count_nonzero((test_floats @ W + b).argmax(1) == test_y)
    return total / len(X), hits / len(test_X)


def main():
    data = []
    for part in ("train", "t10k"):
        images, labels = fashion(sys.argv[1], part)
        data += [images.reshape(-1, 784), labels.astype(np.int64)]
    for _ in range(2):
        begin = now()
        loss, accuracy = train(*data)
        result("in process", now() - begin, f"train loss {loss:.4f}, test accuracy {accuracy:.4f}")


if __name__ == "__main__":
    main()
