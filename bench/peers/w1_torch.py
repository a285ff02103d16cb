"""W1 in PyTorch, all data in memory. w1_torch.py FOLDER nn|hand THREADS: `nn` is the book's loop over float images that were
converted once; `hand` keeps bytes, has no autograd, and writes into what it has."""
import sys

import numpy as np
import torch
from torch import nn

from common import fashion, now, result

EPOCHS, BATCH, LR = 10, 256, 0.1


def eager(X, y, test_X, test_y):
    X, test_X = X.to(torch.float32) / 255, test_X.to(torch.float32) / 255
    net = nn.Linear(784, 10)
    nn.init.normal_(net.weight, std=0.01)
    nn.init.zeros_(net.bias)
    loss, trainer = nn.CrossEntropyLoss(), torch.optim.SGD(net.parameters(), lr=LR)
    for _ in range(EPOCHS):
        order, total, right = torch.randperm(len(X)), 0.0, 0
        for picked in order.split(BATCH):
            batch, target = X[picked], y[picked]
            y_hat = net(batch)
            l = loss(y_hat, target)
            trainer.zero_grad()
            l.backward()
            trainer.step()
            total += l.item() * len(target)
            right += int((y_hat.argmax(1) == target).sum())
        with torch.no_grad():
            hits = int((net(test_X).argmax(1) == test_y).sum())
    return total / len(X), hits / len(test_X)


@torch.no_grad()
def by_hand(X, y, test_X, test_y):
    W, b = torch.randn(784, 10) * 0.01, torch.zeros(10)
    bytes_, floats = torch.empty(BATCH, 784, dtype=torch.uint8), torch.empty(BATCH, 784)
    test_X = test_X.to(torch.float32).div_(255)
    for _ in range(EPOCHS):
        order, total, right = torch.randperm(len(X)), 0.0, 0
        for picked in order.split(BATCH):
            n = len(picked)
            batch = floats[:n].copy_(torch.index_select(X, 0, picked, out=bytes_[:n])).mul_(1 / 255)
            target = y[picked]
            logits = torch.addmm(b, batch, W)
            right += int((logits.argmax(1) == target).sum())
            log_proba = torch.log_softmax(logits, 1)
            total -= float(log_proba.gather(1, target[:, None]).sum())
            g = log_proba.exp_()
            g[torch.arange(n), target] -= 1
            W.addmm_(batch.T, g, alpha=-LR / n)
            b.sub_(g.sum(0), alpha=LR / n)
        hits = int((torch.addmm(b, test_X, W).argmax(1) == test_y).sum())
    return total / len(X), hits / len(test_X)


def main():
    folder, how, threads = sys.argv[1], sys.argv[2], int(sys.argv[3])
    torch.set_num_threads(threads)
    torch.manual_seed(42)
    data = []
    for part in ("train", "t10k"):
        images, labels = fashion(folder, part)
        data += [torch.from_numpy(images).view(-1, 784), torch.from_numpy(labels.astype(np.int64))]
    train = eager if how == "nn" else by_hand
    for _ in range(2):
        begin = now()
        loss, accuracy = train(*data)
        result("in process", now() - begin, f"train loss {loss:.4f}, test accuracy {accuracy:.4f}")


if __name__ == "__main__":
    main()
