"""What is measured: for each workload the programs that do it, each with its best honest settings. A program prints lines
`case<TAB>value<TAB>quality`; run.py runs them one after the other, round after round."""
import os
import shutil
import subprocess
from dataclasses import dataclass, field
from pathlib import Path

HERE = Path(__file__).resolve().parent
NUMPY = {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"}
NUMPY_2 = {"OPENBLAS_NUM_THREADS": "2", "OMP_NUM_THREADS": "2"}
# OpenBLAS inside of a threaded PyTorch only gets in its way.
TORCH_2 = {"OMP_NUM_THREADS": "2", "OPENBLAS_NUM_THREADS": "1"}
# Without it the C library may give a step's tensors of megabytes back to the system, which has to zero them anew for the next.
KEEP_MEMORY = {"MALLOC_MMAP_THRESHOLD_": str(1 << 30), "MALLOC_TRIM_THRESHOLD_": str(1 << 40)}


@dataclass
class Runner:
    who: str
    command: list
    env: dict = field(default_factory=dict)
    rounds: int = 99  # at most so many: 3 where a run takes more than 30 s
    fresh: str = ""   # a folder that is removed before each run
    beside: list = field(default_factory=list)  # runs meanwhile


def prepared(place, name):
    """Make what a workload reads, if it is not there yet."""
    scratch, build = Path(place.scratch), Path(place.build)
    if name == "W7" and not (scratch / "row.vw").exists():
        subprocess.run([place.python, str(HERE / "peers" / "w7.py"), "make", place.data, str(scratch)], check=True)
        subprocess.run([str(build / "linnet"), "train", "fashion-mnist", "--epochs", "1", "--quiet", "-o", str(scratch / "w7.safetensors")],
                       check=True)
    if name == "W7" and has_vw(place.python) and not (scratch / "w7.vw").exists():
        subprocess.run([place.python, "-m", "vowpalwabbit", "--oaa", "10", "-d", str(scratch / "row.vw"), "-f", str(scratch / "w7.vw"),
                        "--quiet"], check=True)
    for rows in sizes(place)[:2] if name == "W4" else sizes(place) if name == "W4-files" else ():
        X, y = row_files(scratch, rows)
        if not (Path(X).exists() and Path(y).exists()):
            subprocess.run([str(build / "bench" / "rows"), str(rows), X, y + ".part"], check=True)
            os.rename(y + ".part", y)


def has_vw(python):
    return subprocess.run([python, "-c", "import vowpalwabbit"], capture_output=True).returncode == 0


def row_files(scratch, rows):
    return str(scratch / f"X-{rows}.npy"), str(scratch / f"y-{rows}.npy")


def sizes(place):
    """10^8 rows are 11.6 GB: only where they fit into memory, as pages of their files, and on the disk."""
    if place.dry:
        return [10**3, 10**5]
    memory = next(int(line.split()[1]) for line in open("/proc/meminfo") if line.startswith("MemAvailable")) * 1024
    large = memory > 14e9 and shutil.disk_usage(HERE).free > 16e9
    return [10**5, 10**7] + [10**8] * large


def workloads(place):
    """Name → runners. `place` has the paths: build, python, data (Fashion-MNIST's folder), scratch; and `dry`."""
    build, scratch = Path(place.build), Path(place.scratch)

    def program(name, *arguments):
        return [str(build / "bench" / name), *map(str, arguments)]

    def peer(name, *arguments):
        return [place.python, str(HERE / "peers" / name), *map(str, arguments)]

    def process(times, case, *command):
        return program("spawn", times, case, *command)

    rows, epochs = (10**5, 1) if place.dry else (10**7, 10)
    regression = row_files(scratch, rows)
    linnet, data = str(build / "linnet"), place.data
    train = [linnet, "train", "fashion-mnist", "--quiet"]
    cache = {"XDG_CACHE_HOME": str(scratch / "cache")}
    new_cache = {"XDG_CACHE_HOME": str(scratch / "new-cache")}
    spin = ["taskset", "-c", "0", "sh", "-c", "while :; do :; done"]
    return {
        "limits": [Runner("machine", program("limits"))],
        "W1": [
            Runner("linnet", program("w1")),
            Runner("linnet, 1 thread", program("w1", "--threads", 1)),
            Runner("linnet, one core taken", program("w1"), beside=spin),
            Runner("linnet", process(2, "whole process", *train), cache),
            Runner("linnet, first run", process(1, "whole process", *train), new_cache, fresh="new-cache"),
            Runner("NumPy, 1 thread", peer("w1_numpy.py", data), NUMPY),
            Runner("NumPy, 2 threads", peer("w1_numpy.py", data), NUMPY_2),
            Runner("PyTorch by hand, 1 thread", peer("w1_torch.py", data, "hand", 1), NUMPY),
            Runner("PyTorch by hand, 2 threads", peer("w1_torch.py", data, "hand", 2), TORCH_2),
            Runner("PyTorch in memory, 2 threads", peer("w1_torch.py", data, "nn", 2), TORCH_2),
            Runner("scikit-learn", peer("w1_sklearn.py", data), NUMPY),
            Runner("PyTorch, the book's", peer("w1_book.py", data, epochs), TORCH_2, rounds=3),
        ],
        "W2": [
            Runner("linnet", program("w2")),
            Runner("linnet, 1 worker", program("w2", "--workers", 1)),
            Runner("linnet, 1 thread", program("w2", "--threads", 1)),
            Runner("NumPy, 1 thread", peer("w2.py", data, "numpy"), NUMPY),
            Runner("NumPy, 2 threads", peer("w2.py", data, "numpy"), NUMPY_2),
            Runner("PyTorch by hand", peer("w2.py", data, "torch"), TORCH_2),
            Runner("PyTorch, the book's", peer("w2.py", data, "book"), TORCH_2),
        ],
        "W3": [
            Runner("linnet", program("w3")),
            Runner("NumPy, 1 thread", peer("w3_numpy.py"), NUMPY),
            Runner("NumPy, 2 threads", peer("w3_numpy.py"), NUMPY_2),
            Runner("PyTorch, the book's", peer("w3_torch.py"), NUMPY),
        ],
        "W4": [
            Runner("linnet", program("w4", "--rows", rows)),
            Runner("linnet, 1 thread", program("w4", "--rows", rows, "--threads", 1)),
            Runner("NumPy, 1 thread", peer("w4.py", "numpy", *regression), NUMPY),
            Runner("NumPy, 2 threads", peer("w4.py", "numpy", *regression), NUMPY_2),
            Runner("PyTorch by hand, 1 thread", peer("w4.py", "torch-hand", *regression, 1), NUMPY),
            Runner("PyTorch by hand, 2 threads", peer("w4.py", "torch-hand", *regression, 2), TORCH_2),
            Runner("PyTorch, the book's", peer("w4.py", "torch-book", *regression, 1), NUMPY),
            Runner("scikit-learn", peer("w4.py", "sklearn", *regression), NUMPY),
        ],
        "W4-files": [
            *[Runner(f"linnet, {size:,} rows", program("w4", *row_files(scratch, size), "--order", 1, "--runs", runs))
              for size, runs in zip(sizes(place), (100, 5, 5))],
            *([Runner("the disk", ["sh", str(HERE / "disk.sh"), *regression]),
               Runner("linnet, 256 MB of memory",
                      ["sh", str(HERE / "within.sh"), "256", *program("w4", *regression, "--order", 1)])]
              if os.geteuid() == 0 else []),
        ],
        "W6": [
            Runner("linnet", program("w6")),
            Runner("linnet, 1 thread", program("w6", "--threads", 1)),
            Runner("NumPy by hand", peer("w6.py", "numpy"), NUMPY),
            Runner("PyTorch, 1 thread", peer("w6.py", "torch", 1), NUMPY),
            Runner("PyTorch, 2 threads", peer("w6.py", "torch", 2), TORCH_2),
            Runner("PyTorch, 2 threads, memory kept", peer("w6.py", "torch", 2), {**TORCH_2, **KEEP_MEMORY}),
        ],
        "live": [Runner("linnet", program("live"))],
        "W7": [
            Runner("linnet", process(40, "one row", linnet, "predict", scratch / "w7.safetensors", scratch / "row.npy")),
            *([Runner("LIBLINEAR", process(40, "one row", "liblinear-predict", scratch / "row.svm", scratch / "w7.liblinear", "/dev/null"))]
              if shutil.which("liblinear-predict") else []),
            *([Runner("Vowpal Wabbit, its Python program",
                      process(3, "one row", place.python, "-m", "vowpalwabbit", "-t", "-i", scratch / "w7.vw", "-d", scratch / "row.vw", "-p",
                              "/dev/null", "--quiet"))] if has_vw(place.python) else []),
            Runner("scikit-learn", process(3, "one row", *peer("w7.py", "sklearn", scratch)), NUMPY),
            Runner("PyTorch", process(3, "one row", *peer("w7.py", "torch", scratch)), NUMPY),
        ],
        # It fails, and ends all, where a tile is much slower than its neighbours.
        "tiles": [Runner("linnet", program("tiles", "--lines", 1))],
    }
