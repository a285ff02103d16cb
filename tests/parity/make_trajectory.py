#!/usr/bin/env python3
"""Ten epochs of softmax regression in PyTorch, from linnet's start and in its order; stores the final weights.

    python tests/parity/make_trajectory.py BUILD/tests/parity/trajectory [SET …]

Run by hand; see README.md. Fashion-MNIST must be installed for its two sets.
"""

import pathlib
import subprocess
import sys
import tempfile

import numpy as np
import torch

HERE = pathlib.Path(__file__).parent / "trajectory"
SETS = ["synthetic-f32", "synthetic-f64", "fashion-mnist-f32", "fashion-mnist-f64"]


def train(read):
    weight = torch.from_numpy(read("start_weight")).requires_grad_(True)
    bias = torch.from_numpy(read("start_bias")).requires_grad_(True)
    X, y, batch_size = torch.from_numpy(read("X")), torch.from_numpy(read("y")), int(read("batch_size"))
    optimizer = torch.optim.SGD([weight, bias], lr=0.1)
    for epoch in torch.from_numpy(read("order")):
        for rows in epoch.split(batch_size):
            batch = X[rows]
            if batch.dtype == torch.uint8:
                batch = batch.to(torch.float32) / 255  # to_tensor, in f32
            batch = batch.to(weight.dtype).flatten(1)
            optimizer.zero_grad()
            torch.nn.functional.cross_entropy(
                torch.nn.functional.linear(batch, weight, bias), y[rows].long()
            ).backward()
            optimizer.step()
    return weight.detach().numpy(), bias.detach().numpy()


def main():
    HERE.mkdir(exist_ok=True)
    for name in sys.argv[2:] or SETS:
        with tempfile.TemporaryDirectory() as scratch:
            subprocess.run([sys.argv[1], "--write", name, scratch], check=True)
            weight, bias = train(lambda what: np.load(pathlib.Path(scratch) / f"{name}-{what}.npy"))
        np.save(HERE / f"{name}-weight.npy", weight)
        np.save(HERE / f"{name}-bias.npy", bias)
        print(name, weight.shape, weight.dtype)


if __name__ == "__main__":
    main()
