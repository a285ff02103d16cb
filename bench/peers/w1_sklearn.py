"""W1 in scikit-learn: a network without a hidden layer is softmax regression; same batches, rate and epochs, a score after each.
w1_sklearn.py FOLDER"""
import sys

import numpy as np
from sklearn.neural_network import MLPClassifier

from common import fashion, now, result


def main():
    data = []
    for part in ("train", "t10k"):
        images, labels = fashion(sys.argv[1], part)
        data += [images.reshape(-1, 784).astype(np.float32) / np.float32(255), labels]
    X, y, test_X, test_y = data
    model = MLPClassifier((), solver="sgd", batch_size=256, learning_rate_init=0.1, momentum=0, alpha=0, random_state=42)
    begin = now()
    for _ in range(10):
        model.partial_fit(X, y, classes=np.arange(10))
        accuracy = float(np.mean(model.predict(test_X) == test_y))
    result("in process", now() - begin, f"train loss {model.loss_:.4f}, test accuracy {accuracy:.4f}")


if __name__ == "__main__":
    main()
