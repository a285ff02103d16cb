"""W7: start, load a model, predict one row: the first test image of Fashion-MNIST.
w7.py make DATA FOLDER writes one model in everybody's format, and the row; w7.py torch|sklearn FOLDER predicts."""
import sys


def make(data, folder):
    import pickle

    import numpy as np
    import torch
    from sklearn.linear_model import SGDClassifier

    from common import fashion
    images, labels = fashion(data, "train")
    model = SGDClassifier(loss="log_loss", max_iter=3, tol=None, random_state=42)
    model.fit(images[:5000].reshape(-1, 784) / 255.0, labels[:5000])
    W, b = model.coef_, model.intercept_
    with open(folder + "/w7.pickle", "wb") as f:
        pickle.dump(model, f)
    torch.save({"weight": torch.from_numpy(W).float(), "bias": torch.from_numpy(b).float()}, folder + "/w7.pt")
    with open(folder + "/w7.liblinear", "w") as f:
        f.write("solver_type L2R_LR\nnr_class 10\nlabel " + " ".join(map(str, range(10))) + "\nnr_feature 784\nbias 1\nw\n")
        for column in np.vstack([W.T, b]):
            f.write(" ".join(f"{x:.17g}" for x in column) + " \n")
    image, label = (part[0] for part in fashion(data, "t10k"))
    np.save(folder + "/row.npy", image[None])
    row = [(i + 1, x / 255) for i, x in enumerate(image.ravel()) if x]
    with open(folder + "/row.svm", "w") as f:
        f.write(f"{label} " + " ".join(f"{i}:{x:.6g}" for i, x in row) + "\n")
    with open(folder + "/row.vw", "w") as f:
        f.write(f"{label + 1} | " + " ".join(f"{i}:{x:.6g}" for i, x in row) + "\n")


def with_torch(folder):
    import numpy as np
    import torch
    state = torch.load(folder + "/w7.pt")
    net = torch.nn.Linear(784, 10)
    net.load_state_dict(state)
    with torch.no_grad():
        print(int(net(torch.from_numpy(np.load(folder + "/row.npy")).reshape(1, -1) / 255).argmax()))


def with_sklearn(folder):
    import pickle

    import numpy as np
    with open(folder + "/w7.pickle", "rb") as f:
        model = pickle.load(f)
    print(int(model.predict(np.load(folder + "/row.npy").reshape(1, -1) / 255.0)[0]))


if __name__ == "__main__":
    {"make": make, "torch": with_torch, "sklearn": with_sklearn}[sys.argv[1]](*sys.argv[2:])
