"""What is measured: for each workload the programs that do it, each with its best honest settings. A program prints lines
`case<TAB>value<TAB>quality`; run.py runs them one after the other, round after round."""
from dataclasses import dataclass, field
from pathlib import Path

HERE = Path(__file__).resolve().parent
NUMPY = {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"}
NUMPY_2 = {"OPENBLAS_NUM_THREADS": "2", "OMP_NUM_THREADS": "2"}
# OpenBLAS inside of a threaded PyTorch only gets in its way.
TORCH_2 = {"OMP_NUM_THREADS": "2", "OPENBLAS_NUM_THREADS": "1"}


@dataclass
class Runner:
    who: str
    command: list
    env: dict = field(default_factory=dict)
    rounds: int = 99  # at most so many
    fresh: str = ""   # a folder that is removed before each run
    beside: list = field(default_factory=list)  # runs meanwhile


def workloads(place):
    """Name → runners. `place` has the paths: build, python, data (Fashion-MNIST's folder), scratch."""
    build, scratch = Path(place.build), Path(place.scratch)

    def program(name, *arguments):
        return [str(build / "bench" / name), *map(str, arguments)]

    def peer(name, *arguments):
        return [place.python, str(HERE / "peers" / name), *map(str, arguments)]

    def process(times, case, *command):
        return program("spawn", times, case, *command)

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
            Runner("PyTorch, the book's", peer("w1_book.py", data, 10), rounds=3),
            Runner("PyTorch, the book's", process(1, "whole process", *peer("w1_book.py", data, 10)), rounds=1),
        ],
        "W2": [
            Runner("linnet", program("w2")),
            Runner("linnet, 1 worker", program("w2", "--workers", 1)),
            Runner("linnet, 1 thread", program("w2", "--threads", 1)),
            Runner("NumPy", peer("w2.py", data, "numpy"), NUMPY),
            Runner("PyTorch by hand", peer("w2.py", data, "torch"), TORCH_2),
            Runner("PyTorch, the book's", peer("w2.py", data, "book")),
        ],
        "W3": [
            Runner("linnet", program("w3")),
            Runner("NumPy", peer("w3_numpy.py"), NUMPY),
            Runner("PyTorch, the book's", peer("w3_torch.py"), NUMPY),
        ],
        "W4": [
            Runner("linnet", program("w4")),
            Runner("linnet, 1 thread", program("w4", "--threads", 1)),
            Runner("NumPy", peer("w4.py", "numpy", 10000000), NUMPY),
            Runner("PyTorch by hand", peer("w4.py", "torch-hand", 10000000, 1), NUMPY),
            Runner("PyTorch, the book's", peer("w4.py", "torch-book", 10000000, 1), NUMPY, rounds=3),
            Runner("scikit-learn", peer("w4.py", "sklearn", 10000000), NUMPY, rounds=1),
        ],
        "W6": [
            Runner("linnet", program("w6")),
            Runner("linnet, 1 thread", program("w6", "--threads", 1)),
            Runner("NumPy by hand", peer("w6.py", "numpy"), NUMPY),
            Runner("PyTorch, 1 thread", peer("w6.py", "torch", 1), NUMPY),
            Runner("PyTorch, 2 threads", peer("w6.py", "torch", 2), TORCH_2),
        ],
        "live": [Runner("linnet", program("live"))],
    }
