"""W1 as the book has it in PyTorch: FashionMNIST with ToTensor, image by image, through a DataLoader with 4 workers; nn, eager.
The dataset does what torchvision's does with each image. w1_book.py FOLDER EPOCHS"""
import sys

import numpy as np
import torch
from PIL import Image
from torch import nn

from common import fashion, now, result, whole_process


class FashionMNIST(torch.utils.data.Dataset):
    def __init__(self, folder, part):
        images, labels = fashion(folder, part)
        self.data, self.targets = torch.from_numpy(images), torch.from_numpy(labels.astype(np.int64))

    def __len__(self):
        return len(self.data)

    def __getitem__(self, index):
        image, target = Image.fromarray(self.data[index].numpy()), int(self.targets[index])
        bytes_ = torch.from_numpy(np.array(image, np.uint8, copy=True))
        return bytes_.view(image.size[1], image.size[0], 1).permute(2, 0, 1).contiguous().to(torch.float32).div(255), target


def accuracy(y_hat, y):
    return float((y_hat.argmax(axis=1).type(y.dtype) == y).type(y.dtype).sum())


def main():
    folder, epochs = sys.argv[1], int(sys.argv[2])
    torch.manual_seed(42)
    train_iter = torch.utils.data.DataLoader(FashionMNIST(folder, "train"), 256, shuffle=True, num_workers=4)
    test_iter = torch.utils.data.DataLoader(FashionMNIST(folder, "t10k"), 256, shuffle=False, num_workers=4)
    net = nn.Sequential(nn.Flatten(), nn.Linear(784, 10))
    nn.init.normal_(net[1].weight, std=0.01)
    nn.init.zeros_(net[1].bias)
    loss, trainer = nn.CrossEntropyLoss(reduction="none"), torch.optim.SGD(net.parameters(), lr=0.1)
    begin = now()
    for _ in range(epochs):
        net.train()
        total = right = rows = 0.0
        for X, y in train_iter:
            y_hat = net(X)
            l = loss(y_hat, y)
            trainer.zero_grad()
            l.mean().backward()
            trainer.step()
            total, right, rows = total + l.sum().item(), right + accuracy(y_hat, y), rows + y.numel()
        net.eval()
        with torch.no_grad():
            hits = sum(accuracy(net(X), y) for X, y in test_iter)
    result("in process", now() - begin, f"train loss {total / rows:.4f}, test accuracy {hits / 10000:.4f}")
    whole_process()


if __name__ == "__main__":
    main()
