"""What the peers share: the data, a clock, and the line of a result, which bench/run.py reads."""
import gzip
import os
import pathlib
import resource
import time

import numpy as np

now = time.perf_counter


def result(name, value, quality):
    print(f"{name}\t{value:.9g}\t{quality}", flush=True)


def whole_process():
    """At its end: how long this process has been there (to 10 ms; but for its end), and the most memory of it or a child."""
    started = int(pathlib.Path("/proc/self/stat").read_text().rpartition(")")[2].split()[19]) / os.sysconf("SC_CLK_TCK")
    most = max(resource.getrusage(who).ru_maxrss for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    result("whole process", time.clock_gettime(time.CLOCK_BOOTTIME) - started, f"{most / 1024:.1f} MB")


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


def regression(rows):
    """The book's y = Xw + b + noise with 2 features, float32."""
    random = np.random.default_rng(42)
    X = random.standard_normal((rows, 2), np.float32)
    y = X @ np.array([2, -3.4], np.float32) + np.float32(4.2)
    y += np.float32(0.01) * random.standard_normal(rows, np.float32)
    return X, y.reshape(-1, 1)
