"""A model that `linnet train` wrote, opened by Python's safetensors; torch.nn.Linear with its tensors predicts what
`linnet predict` predicts, on the 10,000 test images of Fashion-MNIST."""
import csv
import gzip
import io
import json
import os
import pathlib
import subprocess
import sys
import tempfile

import numpy as np
import torch
from safetensors import safe_open

CLASSES = ["t-shirt", "trouser", "pullover", "dress", "coat", "sandal", "shirt", "sneaker", "bag", "ankle boot"]


def idx(path):
    """The array in an IDX file of bytes, gzipped or not."""
    data = path.read_bytes()
    if data[:2] == b"\x1f\x8b":
        data = gzip.decompress(data)
    assert data[:3] == b"\0\0\x08", f"{path} is not an IDX file of bytes"
    rank = data[3]
    shape = [int.from_bytes(data[4 + 4 * i:8 + 4 * i], "big") for i in range(rank)]
    return np.frombuffer(data, np.uint8, offset=4 + 4 * rank).reshape(shape)


def find(folder, name):
    for path in (folder / name, folder / (name + ".gz")):
        if path.exists():
            return path
    raise FileNotFoundError(f"{name} is not in {folder}")


def main():
    linnet = os.path.abspath(sys.argv[1])
    folder = subprocess.run([linnet, "data", "path", "fashion-mnist"], capture_output=True, text=True)
    if folder.returncode != 0:
        print("skipped:", folder.stderr.strip())
        return 77
    folder = pathlib.Path(folder.stdout.strip())
    with tempfile.TemporaryDirectory() as scratch:
        model = os.path.join(scratch, "model.safetensors")
        subprocess.run([linnet, "train", "fashion-mnist", "--epochs", "2", "--quiet", "-o", model], check=True)
        predicted = subprocess.run([linnet, "predict", model, "fashion-mnist"], check=True, capture_output=True, text=True)
        with safe_open(model, framework="pt") as file:
            names = sorted(file.keys())
            metadata = file.metadata()
            tensors = {name: file.get_tensor(name) for name in names}
    weights = [name for name in names if name.endswith("weight")]
    biases = [name for name in names if name.endswith("bias")]
    assert len(names) == 2 and len(weights) == len(biases) == 1, names
    weight, bias = tensors[weights[0]], tensors[biases[0]]
    assert weight.shape == (10, 784) and bias.shape == (10,), (weight.shape, bias.shape)
    assert weight.dtype == bias.dtype == torch.float32
    json.loads(metadata["linnet"])

    linear = torch.nn.Linear(784, 10)
    linear.load_state_dict({"weight": weight, "bias": bias})
    images = idx(find(folder, "t10k-images-idx3-ubyte"))
    X = torch.from_numpy(images.astype(np.float32) / np.float32(255)).reshape(-1, 784)
    with torch.no_grad():
        logits = linear(X)
    ours = [row["prediction"] for row in csv.DictReader(io.StringIO(predicted.stdout))]
    theirs = [CLASSES[i] for i in logits.argmax(1).tolist()]
    assert len(ours) == len(theirs) == 10000, len(ours)
    different = [i for i in range(10000) if ours[i] != theirs[i]]
    labels = idx(find(folder, "t10k-labels-idx1-ubyte"))
    accuracy = np.mean([CLASSES[label] == name for label, name in zip(labels, ours)])
    print(f"10,000 predictions, {len(different)} differ from PyTorch's; accuracy {accuracy:.4f}")
    return 1 if different or accuracy < 0.7 else 0


sys.exit(main())
