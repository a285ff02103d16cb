"""Softmax regression on Fashion-MNIST as chapter 3 of "Dive into Deep Learning" writes it in PyTorch: the peer of
`linnet train fashion-mnist`. Usage: softmax_torch.py FOLDER EPOCHS. FOLDER holds the four IDX files, gzipped or not.

The book reads the images through torchvision, one by one; here they are converted once, which is faster."""
import gzip
import pathlib
import sys

import numpy as np
import torch
from torch import nn


def idx(folder, name):
    path = pathlib.Path(folder) / name
    data = path.read_bytes() if path.exists() else gzip.decompress(path.with_name(name + ".gz").read_bytes())
    rank = data[3]
    shape = [int.from_bytes(data[4 + 4 * i:8 + 4 * i], "big") for i in range(rank)]
    return np.frombuffer(data, np.uint8, offset=4 + 4 * rank).reshape(shape)


def part(folder, name, shuffle):
    X = torch.from_numpy(idx(folder, name + "-images-idx3-ubyte").astype(np.float32) / 255).unsqueeze(1)
    y = torch.from_numpy(idx(folder, name + "-labels-idx1-ubyte").astype(np.int64))
    return torch.utils.data.DataLoader(torch.utils.data.TensorDataset(X, y), 256, shuffle=shuffle)


def main():
    folder, epochs = sys.argv[1], int(sys.argv[2])
    torch.manual_seed(42)
    train, test = part(folder, "train", True), part(folder, "t10k", False)
    net = nn.Sequential(nn.Flatten(), nn.Linear(784, 10))
    nn.init.normal_(net[1].weight, std=0.01)
    nn.init.zeros_(net[1].bias)
    loss, trainer = nn.CrossEntropyLoss(reduction="none"), torch.optim.SGD(net.parameters(), lr=0.1)
    for epoch in range(epochs):
        net.train()
        total = right = rows = 0.0
        for X, y in train:
            y_hat = net(X)
            each = loss(y_hat, y)
            trainer.zero_grad()
            each.mean().backward()
            trainer.step()
            total += float(each.detach().sum())
            right += float((y_hat.argmax(1) == y).sum())
            rows += len(y)
        net.eval()
        with torch.no_grad():
            hits = sum(int((net(X).argmax(1) == y).sum()) for X, y in test)
        print(f"epoch {epoch + 1}, train loss {total / rows:.4f}, train acc {right / rows:.4f}, test acc {hits / 10000:.4f}")


main()
