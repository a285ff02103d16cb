"""What is to be shown, as numbers of the results; and what each workload is, in words."""
from dataclasses import dataclass, replace

W1_FLOP = 20.4e9  # ten epochs: forward and backward of 60,000 rows, forward of 10,000

notes = {
    "W1": "Softmax regression on Fashion-MNIST, batch 256, ten epochs, the test images evaluated after each. In process: images in "
          "memory as bytes when the clock starts. Whole process: from the start of the command to its end.",
    "W2": "One shuffled pass of the 60,000 training images into float32 batches of 256.",
    "W3": "One SGD step of the book's linear regression: 1,000 rows, 2 features, batch 10; with the data iterator's part of it. NumPy has one way to write it, which "
          "stands beside both.",
    "W4": "Linear regression on 10,000,000 rows of 28 float32 features in memory, one epoch, batch 256.",
    "W4-files": "W4 in order, from files that are mapped and whose pages are in memory, at three sizes; and with less memory than the "
                "file has, read from the disk beside `dd`.",
    "W6": "(x * w + b).sum(), elementwise, forward and backward; w has a gradient, x and b have none.",
    "W7": "From the start of a process to its end: load a model of 784 features and 10 classes and predict one row. The most memory that it had. "
          "Vowpal Wabbit has no program of its own in its Python package nor in Debian: what is measured is mostly Python's start.",
    "live": "Ten epochs as in W1, without and with curves that grow in a terminal of 80 x 24 in true colours.",
}


@dataclass
class Goal:
    text: str
    value: float
    shown: str
    wanted: str
    met: bool
    across: tuple = ()  # the workloads that it compares, where there are two


def at_most(text, value, limit, unit, size=1):
    return Goal(text, value, f"{(value or 0) / size:.3g} {unit}", f"≤ {limit / size:.3g} {unit}", value is not None and value <= limit)


def at_least(text, value, limit, sign="×"):
    return Goal(text, value, f"{value or 0:.3g} {sign}", f"≥ {limit:g} {sign}", value is not None and value >= limit)


def ratio(a, b):
    return None if a is None or b is None else a / b


def goals(r):
    """In the order of the workloads; a value that was not measured is None."""
    def own(workload, case, who="linnet"):
        return r.get(workload, who, case)

    def against(workload, case, peer=""):
        return ratio(r.best_peer(workload, case, peer), own(workload, case))

    w1, fma = own("W1", "in process"), r.get("limits", "machine", "fma")
    fraction = 100 * W1_FLOP / fma / w1 if w1 and fma else None
    clock = ratio(fma, r.get("limits", "machine", "fma by the clock"))
    book = "PyTorch, the book's"
    return [
        at_most("fma, off clock × width", clock and 100 * abs(1 - clock), 10, "%"),
        at_most("W1 in process", w1, 0.17, "s"),
        replace(at_least("W1, of the limit by fma", fraction, 53, "%"), across=("W1", "limits")),
        at_least("W1, best peer", against("W1", "in process"), 4.5),
        at_least("W1, the book's code", against("W1", "in process", book), 180),
        at_most("W1 whole process", own("W1", "whole process"), 0.22, "s"),
        at_most("W1 whole process, first run", own("W1", "whole process", "linnet, first run"), 0.45, "s"),
        at_most("W1 whole process, memory", r.megabytes("W1", "linnet", "whole process"), 150, "MB"),
        at_most("W1 whole process, first run, memory", r.megabytes("W1", "linnet, first run", "whole process"), 150, "MB"),
        at_least("W1, 2 threads over 1", ratio(own("W1", "in process", "linnet, 1 thread"), w1), 1.6),
        at_most("W1, one core taken, over 1 thread alone",
                ratio(own("W1", "in process", "linnet, one core taken"), own("W1", "in process", "linnet, 1 thread")), 1.35, "×"),
        at_most("W2", own("W2", "shuffled"), 0.0065, "ms", 1e-3),
        at_least("W2, NumPy", against("W2", "shuffled", "NumPy"), 3),
        at_least("W2, the book's DataLoader", against("W2", "shuffled", book), 250),
        at_most("W3 from scratch", own("W3", "from scratch"), 0.35e-6, "µs", 1e-6),
        at_most("W3 concisely", own("W3", "concisely"), 0.25e-6, "µs", 1e-6),
        at_least("W3 from scratch, NumPy", against("W3", "from scratch", "NumPy"), 20),
        at_least("W3 from scratch, the book's code", against("W3", "from scratch", book), 380),
        at_least("W3 concisely, NumPy", against("W3", "concisely", "NumPy"), 20),
        at_least("W3 concisely, the book's code", against("W3", "concisely", book), 380),
        at_most("W4 in order", own("W4", "in order"), 0.07, "s"),
        at_most("W4 shuffled", own("W4", "shuffled"), 0.20, "s"),
        at_least("W4 in order, NumPy", against("W4", "in order", "NumPy"), 6),
        at_least("W4 shuffled, the book's code", against("W4", "shuffled", book), 40),
        at_most("W6, 2 elements", own("W6", "2 elements"), 0.15e-6, "µs", 1e-6),
        at_most("W6, 1,000 elements", own("W6", "1000 elements"), 0.6e-6, "µs", 1e-6),
        at_most("W6, 1,000,000 elements", own("W6", "1000000 elements"), 0.6e-3, "ms", 1e-3),
        at_most("Curves drawn live, over nothing drawn", ratio(own("live", "curves drawn"), own("live", "nothing drawn")), 1.03, "×"),
        at_most("W7", own("W7", "one row"), 0.002, "ms", 1e-3),
        at_most("W7, memory", r.megabytes("W7", "linnet", "one row"), 10, "MB"),
        at_least("W7, LIBLINEAR", against("W7", "one row", "LIBLINEAR"), 1),
        *growth(r),
        *[at_least(f"W6, {int(case.split()[0]):,} elements, PyTorch", against("W6", case, "PyTorch"), limit)
          for case, limit in (("2 elements", 150), ("1000 elements", 40), ("1000000 elements", 1.6))],
    ]


def growth(r):
    """Seconds of a row at 10^5 and 10^8 rows against those at 10^7; of the disk's rate what is reached beyond memory."""
    def per_row(rows):
        seconds = r.get("W4-files", f"linnet, {rows:,} rows", "in order")
        return seconds and seconds / rows
    base = per_row(10**7)
    disk = ratio(r.get("W4-files", "the disk", "read"), r.get("W4-files", "linnet, 256 MB of memory", "in order"))
    return [at_most("W4 a row, 10^8 rows over 10^7", ratio(per_row(10**8), base), 1.25, "×"),
            at_most("W4 a row, 10^5 rows over 10^7", ratio(per_row(10**5), base), 1, "×"),
            at_least("W4 beyond memory, of the disk's rate", disk and 100 * disk, 80, "%")]
