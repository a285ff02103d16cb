#!/usr/bin/env python3
"""bench/run.py [--rounds N] [--build DIR] [--python PYTHON] [--dry] [WORKLOAD …]: measure the workloads (all of them if none is named)
in one session: every program once, then every program again, in the other direction, so that a machine that grows slower or faster does so for all.
W1 brings the machine's limits with it. What is measured is kept in BUILD/bench/results, a file for each workload, so
that single ones can be measured anew; bench/report.py makes docs/benchmarks.md of all of them. --dry: does all of it run? Every program
once, on a hundredth of the rows; what it gives is kept in BUILD/bench/dry."""
import argparse
import json
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

from workloads import prepared, workloads


def arguments():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--build", default="build")
    parser.add_argument("--python", default="")
    parser.add_argument("--dry", action="store_true")
    parser.add_argument("--only", default="", help="measure only programs whose name contains this, and keep nothing")
    parser.add_argument("names", nargs="*", metavar="WORKLOAD")
    a = parser.parse_args()
    a.build = str(Path(a.build).resolve())
    a.python = a.python or str(Path(os.environ.get("LINNET_VENV", a.build + "/venv")) / "bin/python")
    if not Path(a.python).exists():
        sys.exit(f"no {a.python}: bench/setup.sh makes the peers' environment (in build/venv, or $LINNET_VENV)")
    a.rounds = 1 if a.dry else a.rounds
    a.scratch = a.build + "/bench/scratch"
    Path(a.scratch).mkdir(parents=True, exist_ok=True)
    a.data = subprocess.run([a.build + "/linnet", "data", "path", "fashion-mnist"], check=True, capture_output=True,
                            text=True).stdout.strip()
    return a


def run(runner, place):
    """The lines that it prints. A program that fails ends all: a comparison with a gap is none."""
    if runner.fresh:
        shutil.rmtree(Path(place.scratch) / runner.fresh, ignore_errors=True)
    beside = subprocess.Popen(runner.beside) if runner.beside else None
    try:
        done = subprocess.run(runner.command, env={**os.environ, **runner.env}, capture_output=True, text=True)
    finally:
        if beside:
            beside.kill()
            beside.wait()
    if done.returncode != 0:
        sys.exit(f"{' '.join(runner.command)}: exit {done.returncode}\n{done.stderr}")
    return [line.split("\t") for line in done.stdout.splitlines()]


def measure(name, runners, place):
    samples = []
    for number in range(place.rounds):
        for runner in runners[::-1] if number % 2 else runners:
            if number >= runner.rounds:
                continue
            for case, value, quality in run(runner, place):
                samples.append({"round": number, "who": runner.who, "case": case, "value": float(value), "quality": quality})
                print(f"{name}  round {number + 1}  {runner.who:<32} {case:<16} {float(value):<12.6g} {quality}", flush=True)
    return samples


def main():
    place = arguments()
    known = workloads(place)
    unknown = [name for name in place.names if name not in known]
    if unknown:
        sys.exit(f"no workload {', '.join(unknown)}; there are {', '.join(known)}")
    results = Path(place.build) / "bench" / ("dry" if place.dry else "results")
    results.mkdir(parents=True, exist_ok=True)
    session = time.time()
    names = place.names or list(known)
    for name in ["limits"] * ("W1" in names and "limits" not in names) + names:
        runners = [r for r in known[name] if place.only in r.who]
        prepared(place, name)
        begin = time.time()
        samples = measure(name, runners, place)
        if not place.only:
            (results / (name + ".json")).write_text(json.dumps({"session": session, "begin": begin, "end": time.time(), "samples": samples}, indent=1))


main()
