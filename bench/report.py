#!/usr/bin/env python3
"""bench/report.py [--build DIR] [--python PYTHON] [--dry]: docs/benchmarks.md from what bench/run.py measured, if it measured every
workload here; otherwise, and of a dry run, a page beside what was kept."""
import argparse
import datetime
import json
import os
import platform
import statistics
import subprocess
import tempfile
from pathlib import Path

from goals import Goal, at_most, goals, notes

ROOT = Path(__file__).resolve().parent.parent


def seconds(x):
    for unit, size in ("s", 1), ("ms", 1e-3), ("µs", 1e-6), ("ns", 1e-9):
        if x >= size or unit == "ns":
            return f"{x / size:.3g} {unit}"


class Results:
    """The median of each (workload, who, case): of the rounds, of each round's median."""

    def __init__(self, folder):
        self.medians, self.qualities, self.memory, self.rounds, self.when, self.session = {}, {}, {}, {}, {}, {}
        for path in sorted(folder.glob("*.json")):
            stored, groups = json.loads(path.read_text()), {}
            self.when[path.stem], self.session[path.stem] = (stored["begin"], stored["end"]), stored.get("session", stored["begin"])
            for s in stored["samples"]:
                key = path.stem, s["who"], s["case"]
                groups.setdefault(key, {}).setdefault(s["round"], []).append(s["value"])
                self.qualities[key] = s["quality"]
                if s["quality"].endswith(" MB"):
                    self.memory[key] = max(self.memory.get(key, 0), float(s["quality"].split()[0]))
            for key, rounds in groups.items():
                self.medians[key] = statistics.median(statistics.median(values) for values in rounds.values())
                self.rounds[key] = len(rounds)

    def get(self, workload, who, case):
        return self.medians.get((workload, who, case))

    def cases(self, workload):
        return list(dict.fromkeys(case for name, _, case in self.medians if name == workload))

    def programs(self, workload, case):
        return [who for name, who, c in self.medians if (name, c) == (workload, case)]

    def peers(self, workload, case):
        return [who for who in self.programs(workload, case) if not who.startswith("linnet")]

    def best_peer(self, workload, case, name=""):
        """The least median of the peers whose name begins so: a peer's best setting is what counts."""
        return min((self.get(workload, who, case) for who in self.peers(workload, case) if who.startswith(name)), default=None)

    def megabytes(self, workload, who, case):
        """The most of all its runs."""
        return self.memory.get((workload, who, case))

    def mixed(self, workloads):
        """Were they measured in several sessions?"""
        return len({self.session[w] for w in workloads if w in self.session}) > 1


def utc(time):
    return datetime.datetime.fromtimestamp(time, datetime.timezone.utc)


def when_line(results, workload):
    if workload not in results.when:
        return "Not measured."
    begin, end = results.when[workload]
    return f"Measured on {utc(begin):%Y-%m-%d} from {utc(begin):%H:%M} to {utc(end):%H:%M} UTC."


def session_lines(results):
    """What was measured together."""
    groups = {}
    for workload, session in results.session.items():
        groups.setdefault(session, []).append(workload)
    if len(groups) == 1:
        return ["All of it was measured in one session."]
    parts = [f"{', '.join(names)} ({utc(session):%Y-%m-%d %H:%M} UTC)" for session, names in sorted(groups.items())]
    return ["**Not all of it was measured in one session**, and only what is in one can be compared: " + "; ".join(parts) + "."]


def machine():
    info = Path("/proc/cpuinfo").read_text()
    model = next((line.split(":")[1].strip() for line in info.splitlines() if line.startswith("model name")), platform.machine())
    memory = int(Path("/proc/meminfo").read_text().split()[1]) / 2**20
    return f"{model}, {os.cpu_count()} processors, {memory:.0f} GiB of memory, Linux {platform.release()}"


def versions(python, build):
    code = ("import importlib.metadata as m, platform\n"
            "print('Python', platform.python_version())\n"
            "for n in 'torch', 'numpy', 'scikit-learn':\n"
            "    try: print(n, m.version(n))\n"
            "    except m.PackageNotFoundError: pass")
    peers = subprocess.run([python, "-c", code], capture_output=True, text=True).stdout.splitlines()
    cache = (Path(build) / "CMakeCache.txt").read_text()
    compiler = next(line.split("=")[1] for line in cache.splitlines() if line.startswith("CMAKE_C_COMPILER:"))
    compiler = subprocess.run([compiler, "--version"], capture_output=True, text=True).stdout.splitlines()[0]
    own = subprocess.run([str(Path(build) / "linnet"), "--version"], capture_output=True, text=True).stdout.strip()
    commit = subprocess.run(["git", "-C", str(ROOT), "rev-parse", "--short", "HEAD"], capture_output=True, text=True).stdout.strip()
    return ", ".join([f"{own} ({commit})" if commit else own, *peers, compiler])


def size_of(build, python):
    """Bytes of the stripped command, what it needs, and the bytes of PyTorch's folder."""
    with tempfile.NamedTemporaryFile() as copy:
        subprocess.run(["strip", "-o", copy.name, str(Path(build) / "linnet")], check=True)
        size = os.path.getsize(copy.name)
    needed = subprocess.run(["objdump", "-p", str(Path(build) / "linnet")], capture_output=True, text=True).stdout
    libraries = [line.split()[1].split(".so")[0] for line in needed.splitlines() if "NEEDED" in line]
    code = "import torch, pathlib; print(sum(f.stat().st_size for f in pathlib.Path(torch.__file__).parent.rglob('*') if f.is_file()))"
    torch = subprocess.run([python, "-c", code], capture_output=True, text=True).stdout.strip()
    return size, libraries, int(torch) if torch else None


def size_lines(size, libraries, torch):
    lines = ["## Size", "", f"`linnet`, stripped: {size / 1e6:.3f} MB; it needs {', '.join(libraries)}."]
    return lines + ([f"PyTorch's folder: {torch / 1e9:.2f} GB."] if torch else [])


def needs(libraries):
    """Only what the core library needs?"""
    return Goal("`linnet` needs", 1, ", ".join(libraries), "libc, libm, libz, libjansson",
                set(libraries) <= {"libc", "libm", "libz", "libjansson"})


def goal_table(results, size, libraries):
    lines = ["| | measured | goal | |", "|---|---|---|---|"]
    for goal in [*goals(results), at_most("`linnet`, stripped", size, 1e6, "MB", 1e6), needs(libraries)]:
        if goal.value is None:
            lines.append(f"| {goal.text} | not measured | {goal.wanted} | |")
        else:
            mark = " (of two sessions)" if results.mixed(goal.across) else ""
            lines.append(f"| {goal.text}{mark} | {goal.shown} | {goal.wanted} | {'met' if goal.met else '**missed**'} |")
    return lines


def workload_table(results, workload):
    lines = []
    for case in results.cases(workload):
        best = results.get(workload, "linnet", case)
        lines += ["", f"**{case}**", "", "| | median | as many times linnet's | rounds | |", "|---|---|---|---|---|"]
        for who in sorted(results.programs(workload, case), key=lambda who: results.get(workload, who, case)):
            key = workload, who, case
            ratio = f"{results.medians[key] / best:.3g}" if best else ""
            lines.append(f"| {who} | {seconds(results.medians[key])} | {ratio} | {results.rounds[key]} | {results.qualities[key]} |")
    return lines


def rate_table(results, workload, who):
    """Of what is measured in units per second, or in seconds."""
    lines = ["| | median | |", "|---|---|---|"]
    for case in results.cases(workload):
        value, (unit, note) = results.medians[workload, who, case], results.qualities[workload, who, case].split(",", 1)
        lines.append(f"| {case} | {seconds(value) if unit == 's' else f'{value / 1e9:.4g} G{unit}'} | {note.strip()} |")
    return lines


def draw(results, build, path):
    """The best setting of each peer in each workload, as many times linnet's."""
    lines = []
    for workload, case, text in (("W1", "in process", "W1"), ("W2", "shuffled", "W2"), ("W3", "from scratch", "W3 from scratch"),
                                 ("W3", "concisely", "W3 concisely"), ("W4", "in order", "W4 in order"), ("W4", "shuffled", "W4 shuffled"),
                                 ("W6", "2 elements", "W6, 2 elements"), ("W6", "1000 elements", "W6, 1,000"), ("W6", "1000000 elements", "W6, 1,000,000"),
                                 ("W7", "one row", "W7")):
        best = {}
        for who in results.peers(workload, case):
            name = who if who == "PyTorch, the book's" else who.split(",")[0]
            value = results.get(workload, who, case)
            best[name] = min(value, best.get(name, value))
        own = results.get(workload, "linnet", case)
        lines += [f"{text}: {name}\t{value / own:.4g}" for name, value in sorted(best.items(), key=lambda item: item[1]) if own]
    subprocess.run([str(Path(build) / "bench" / "picture"), str(path)], input="\n".join(lines) + "\n", text=True, check=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--build", default="build")
    parser.add_argument("--python", default="")
    parser.add_argument("--dry", action="store_true")
    a = parser.parse_args()
    folder = Path(a.build) / "bench" / ("dry" if a.dry else "results")
    python = a.python or str(Path(os.environ.get("LINNET_VENV", a.build + "/venv")) / "bin/python")
    results = Results(folder)
    missing = [w for w in ("limits", *notes, "tiles") if w not in results.when]
    pages = folder if a.dry or missing else ROOT / "docs"
    date = utc(max(end for _, end in results.when.values()))
    size, libraries, torch = size_of(a.build, python)
    draw(results, a.build, pages / "benchmarks.svg")
    text = ["# A dry run of the benchmarks: its figures mean nothing" if a.dry else "# Benchmarks", "", "Written by `make bench`; do not edit. What the workloads are, and why the numbers are what they are, is in",
            "[performance.md](performance.md).", "", f"{date:%Y-%m-%d}; {machine()}.", "", f"{versions(python, a.build)}.", "",
            *session_lines(results), "",
            "A figure is the median over the rounds, of each round's median. All programs run once in a round, in turns forth and back: five "
            "rounds, and three of what takes more than 30 seconds (the column says it).", "",
            "![How many times linnet's time each peer needs](benchmarks.svg)", "", "## Goals", "",
            *goal_table(results, size, libraries), "", "## The machine's limits", "", when_line(results, "limits"), "", *rate_table(results, "limits", "machine")]
    for workload, note in notes.items():
        if results.cases(workload):
            text += ["", f"## {workload}", "", note, when_line(results, workload), *workload_table(results, workload)]
    text += ["", "## Tiles", "", "Products in cache on one thread, on each path of `LINNET_SIMD`; `build/bench/tiles` shows the ragged sizes too.", "",
             *rate_table(results, "tiles", "linnet")]
    text += ["", *size_lines(size, libraries, torch)]
    (pages / "benchmarks.md").write_text("\n".join(text) + "\n")
    if missing and not a.dry:
        print(f"not measured here yet: {', '.join(missing)}; so docs/benchmarks.md stays as it is")
    print(f"the page is {pages / 'benchmarks.md'}")


main()
