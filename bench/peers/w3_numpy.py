"""W3 in NumPy, gradients by hand, one permutation for each pass."""
import numpy as np

from common import now, regression, result

ROWS, BATCH, EPOCHS = 1000, 10, 100


def main():
    X, y = regression(ROWS)
    random = np.random.default_rng(42)
    w, b = random.standard_normal((2, 1), np.float32) * np.float32(0.01), np.zeros(1, np.float32)
    rate = np.float32(0.03 / BATCH)
    for epoch in range(-2, EPOCHS):
        if epoch == 0:
            begin = now()
        order = random.permutation(ROWS)
        for at in range(0, ROWS, BATCH):
            picked = order[at:at + BATCH]
            batch = X.take(picked, 0)
            error = batch.dot(w)
            error += b
            error -= y.take(picked, 0)
            w -= rate * batch.T.dot(error)
            b -= rate * np.add.reduce(error)
    seconds = (now() - begin) / (EPOCHS * ROWS // BATCH)
    loss = f"loss {float(np.mean((X @ w + b - y)**2) / 2):.2e}"
    result("from scratch", seconds, loss)
    result("concisely", seconds, loss)  # there is but one way


main()
