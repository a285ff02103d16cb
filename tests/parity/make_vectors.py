#!/usr/bin/env python3
"""Makes tests/parity/vectors/*.txt with PyTorch: what linnet's numbers are held to. Run by hand; see README.md.

python tests/parity/make_vectors.py
"""

import pathlib

import torch

from vector_arith import arith, compare, inplace
from vector_case import family_file
from vector_learn import loss, mse, sgd
from vector_tensor import index, matmul, reduce, softmax, view

HERE = pathlib.Path(__file__).parent / "vectors"
FAMILIES = [arith, compare, inplace, matmul, view, reduce, softmax, index, loss, sgd, mse]

if __name__ == "__main__":
    HERE.mkdir(exist_ok=True)
    torch.set_num_threads(1)
    for number, family in enumerate(FAMILIES):
        family_file(HERE / f"{family.__name__}.txt", 1000 + number, family)
