"""What the peers share: the data, a clock, and the line of a result, which bench/run.py reads."""
import gzip
import pathlib
import time

import numpy as np

now = time.perf_counter


def result(name, value, quality):
    print(f"{name}\t{value:.9g}\t{quality}", flush=True)


def idx(folder, name):
    """An IDX file of bytes, gzipped or not, as an array."""
    path = pathlib.Path(folder) / name
    data = path.read_bytes() if path.exists() else gzip.decompress(path.with_name(name + ".gz").read_bytes())
    rank = data[3]
    shape = [int.from_bytes(data[4 + 4 * i:8 + 4 * i], "big") for i in range(rank)]
    return np.frombuffer(data, np.uint8, offset=4 + 4 * rank).reshape(shape).copy()


def fashion(folder, part):
    """The images (n, 28, 28) and labels of "train" or "t10k", as bytes."""
    return idx(folder, part + "-images-idx3-ubyte"), idx(folder, part + "-labels-idx1-ubyte")


def regression(rows, features, noise):
    """y = Xw + b + noise: the rule of bench/w4.c and, with 2 features, of the book; float32."""
    random = np.random.default_rng(42)
    w, b = (np.array([2, -3.4], np.float32), 4.2) if features == 2 else (np.arange(features, dtype=np.float32) / 10 - 1.35, 0.5)
    X = random.standard_normal((rows, features), np.float32)
    y = X @ w + np.float32(b)
    y += np.float32(noise) * random.standard_normal(rows, np.float32)
    return X, y.reshape(-1, 1)
