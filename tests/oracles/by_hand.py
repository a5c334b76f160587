"""A network of two layers and a logistic one, and a logistic regression, number by number."""

import numpy as np


def kernel_map(picture: np.ndarray, kernel: np.ndarray, padding: int) -> np.ndarray:
    """What a kernel answers at every place, with zeros around the picture; answers below zero become zero."""
    rows, columns = picture.shape
    tall, wide = kernel.shape
    around = np.zeros((rows + 2 * padding, columns + 2 * padding))
    around[padding : padding + rows, padding : padding + columns] = picture
    found = np.zeros((around.shape[0] - tall + 1, around.shape[1] - wide + 1))
    for i in range(found.shape[0]):
        for j in range(found.shape[1]):
            total = 0.0
            for a in range(tall):
                for b in range(wide):
                    total += kernel[a, b] * around[i + a, j + b]
            found[i, j] = max(0.0, total)
    return found


def pooled(values: np.ndarray, side: int) -> np.ndarray:
    """The largest value of every square; what no whole square covers is left out."""
    found = np.zeros((values.shape[0] // side, values.shape[1] // side))
    for i in range(found.shape[0]):
        for j in range(found.shape[1]):
            found[i, j] = values[i * side : (i + 1) * side, j * side : (j + 1) * side].max()
    return found


def score_vectors(picture: np.ndarray, file: dict) -> np.ndarray:
    """One vector per filter, one number per kernel, from the plain data of a design."""
    maps = {
        kernel["name"]: pooled(
            kernel_map(picture, np.array(kernel["weights"]), file["padding"]), file["pool"]
        )
        for kernel in file["kernels"]
    }
    return np.array(
        [[(np.array(one["maps"][name]) * maps[name]).sum() for name in maps] for one in file["filters"]]
    )


def logit(picture: np.ndarray, file: dict) -> float:
    """The logit of the second label."""
    weights = np.array(file["verdict"]["weights"])
    return float((weights * score_vectors(picture, file)).sum() + file["verdict"]["bias"])


def contributions(weights: np.ndarray, picture: np.ndarray) -> np.ndarray:
    """What each pixel of a picture adds to a logistic regression's score."""
    found = np.zeros(picture.shape)
    for i in range(picture.shape[0]):
        for j in range(picture.shape[1]):
            found[i, j] = weights[i * picture.shape[1] + j] * picture[i, j]
    return found
