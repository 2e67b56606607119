"""Trains the digits network and writes everything that the other files of this folder read.

Run by hand, once (about ten seconds): `pip install torch scikit-learn safetensors && python train.py`. The files are committed:

    weights.safetensors   the state dict
    test.csv              the held-back images as UCI ships them: 64 pixels from 0 to 16, then the label
    logits.npy            what PyTorch computes for them, f32[360, 10]
"""
import numpy as np
import torch
from safetensors.torch import save_file
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split
from torch import nn

from model import Digits

HELD_BACK = 360
EPOCHS = 30
BATCH = 64


def batch_of(images):
    return torch.tensor(images, dtype=torch.float32).reshape(-1, 1, 8, 8)


def train(images, labels):
    model = Digits()
    optimizer = torch.optim.AdamW(model.parameters(), lr=2e-3, weight_decay=1e-2)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, 5e-3, epochs=EPOCHS, steps_per_epoch=-(-len(images) // BATCH))
    for _ in range(EPOCHS):
        for rows in torch.randperm(len(images)).split(BATCH):
            loss = nn.functional.cross_entropy(model(images[rows]), labels[rows])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            schedule.step()
    return model.eval()


def main():
    torch.manual_seed(0)
    torch.set_num_threads(2)
    digits = load_digits()
    images, test_images, labels, test_labels = train_test_split(
        digits.data.astype(np.uint8), digits.target, test_size=HELD_BACK, random_state=0, stratify=digits.target)
    model = train(batch_of(images), torch.tensor(labels))

    with torch.no_grad():
        logits = model(batch_of(test_images))
    right = (logits.argmax(1) == torch.tensor(test_labels)).sum().item()
    print(f"accuracy: {100 * right / HELD_BACK:.2f} % ({right} of {HELD_BACK})")

    save_file(model.state_dict(), "weights.safetensors")
    np.savetxt("test.csv", np.column_stack([test_images, test_labels]), fmt="%d", delimiter=",")
    np.save("logits.npy", logits.numpy())


if __name__ == "__main__":
    main()
