"""Why convolution suits pictures: shared weights, known kernels, parts of a letter, and moved patterns."""

import numpy as np
from PIL import Image

from tapetum.lessons.convolution_part import Part
from tapetum.lessons.convolution_pictures import X_PARTS, cat, letter_x, seven
from tapetum.lessons.figures import figure
from tapetum.mechanics import as_matrix, convolution, convolution_cost, dense_cost, shift_trial
from tapetum.network.operators import OPERATORS
from tapetum.pictures import contact_sheet, full_strength, signed
from tapetum.results import PageSection, PageTable

_TURNED = 8
_FIRST = 2
"""The row and column, counted from 1, on which a 3 × 3 window without padding is first centred."""
_SIGNED = (
    ("sobel-vertical", "edges that stand"),
    ("sobel-horizontal", "edges that lie"),
    ("scharr-vertical", "the same, more exact"),
    ("laplacian", "points and edges"),
    ("gabor-vertical", "stripes that stand"),
    ("gabor-horizontal", "stripes that lie"),
)
_GREY = (("blur", "the mean of nine"), ("sharpen", "edges raised"))


def matrix() -> Part:
    """The same as one sparse matrix, and what a dense layer would cost."""
    from tapetum.models.torchvision_import import import_torchvision

    found = as_matrix(np.arange(1.0, 10).reshape(3, 3), (4, 4))
    inputs = 224 * 224 * 3
    dense, small = dense_cost(inputs, inputs // 2), dense_cost(25, 9)
    layer = convolution_cost((3, 224, 224), 64, (7, 7), stride=2, padding=3)
    shared = convolution_cost((1, 5, 5), 1, (3, 3))
    resnet = import_torchvision().models.resnet50(weights=None)
    whole = sum(weight.numel() for weight in resnet.parameters())
    section = PageSection(
        "A dense layer with most weights missing",
        (
            "Convolution is a matrix. For 4 × 4 numbers and a kernel of 3 × 3 it has 4 rows and 16 "
            f"columns: a dense layer would have {found.dense} weights there, convolution has "
            f"{found.distinct}, which stand at {found.entries} places. The rest stays 0.",
            "Multiplied with random numbers, it gives what the sliding window gives: the largest "
            f"difference was {found.difference:.1g}.",
            f"From 25 numbers to 9: {small.weights} weights dense, {shared.weights} shared.",
            f"A photograph of 224 × 224 pixels has {inputs:,} numbers. A dense layer to half as many needs "
            f"{dense.weights:,} weights; all of ResNet-50 has {whole:,}.",
        ),
        tables=(
            PageTable(
                "Weights, and multiplications for one picture",
                ("layer", "weights", "multiply-adds"),
                (
                    ("dense, 25 to 9", f"{small.weights}", f"{small.multiply_adds}"),
                    ("convolution 3 × 3, 25 to 9", f"{shared.weights}", f"{shared.multiply_adds}"),
                    ("dense, photograph to half", _millions(dense.weights), _millions(dense.multiply_adds)),
                    (
                        "64 filters of 7 × 7, stride 2",
                        f"{layer.weights:,}",
                        _millions(layer.multiply_adds),
                    ),
                ),
            ),
        ),
        figures=(figure(found.drawing(), "A matrix of 4 × 16 in which nine weights stand four times each"),),
    )
    return Part(
        section,
        {
            "matrix_weights": float(found.distinct),
            "matrix_places": float(found.entries),
            "matrix_dense": float(found.dense),
            "matrix_difference": found.difference,
            "dense_25_to_9": float(small.weights),
            "shared_25_to_9": float(shared.weights),
            "dense_photograph": float(dense.weights),
            "resnet50": float(whole),
        },
    )


def operators() -> Part:
    """Kernels that people designed, on a photograph."""
    photograph = cat(176)
    found = {name: convolution(photograph, name) for name, _ in (*_SIGNED, *_GREY)}
    coloured = [
        Image.fromarray(signed(found[name].values[0], full_strength(found[name].values[0])))
        for name, _ in _SIGNED
    ]
    grey = [_grey(found[name].values[0]) for name, _ in _GREY]
    captions = ["the photograph", *(f"{name}\n{what}" for name, what in (*_SIGNED, *_GREY))]
    sheet = contact_sheet([_grey(photograph), *coloured, *grey], captions, 3, tile=200)
    even = convolution(np.ones((9, 9)), "sobel-vertical").values
    section = PageSection(
        "Kernels that people knew",
        (
            "Long before networks learnt kernels, people wrote them down. Most of these answer to changes: "
            f"on an even surface they give {np.abs(even).max():.0f}.",
            "Gold is where the picture is like the kernel, teal where it is the opposite. The first layer "
            "of a trained network looks much like them.",
        ),
        figures=(figure(sheet, "A photograph of a cat, and what eight known kernels make of it"),),
    )
    return Part(section, {"even_surface": float(np.abs(even).max())}, tuple(found.values()))


def strokes() -> Part:
    """Article 3's seven under four edge filters."""
    names = ("top-edge", "bottom-edge", "left-edge", "right-edge")
    found = convolution(seven(), np.stack([OPERATORS[name] for name in names])[:, None])
    upper, lower = (int(found.values[place].clip(0).sum(1).argmax()) + _FIRST for place in (0, 1))
    left, right = (_mean_column(found.values[place]) for place in (2, 3))
    section = PageSection(
        "A seven and its edges",
        (
            "Four filters look at a 7 of 28 × 28 pixels, drawn for this page. Each has ones where it wants "
            "light, and minus ones where it wants darkness.",
            f"The first finds the upper edges of the strokes, strongest in row {upper}; the second the lower "
            f"edges, strongest in row {lower}.",
            "The third and the fourth find the left and right edges of the stem: on average at columns "
            f"{left:.1f} and {right:.1f}.",
        ),
        figures=(figure(found.drawing(), "A seven, four edge filters, and the map that each of them makes"),),
    )
    numbers = {
        "upper_edge_row": float(upper),
        "lower_edge_row": float(lower),
        "left_edge_column": left,
        "right_edge_column": right,
    }
    return Part(section, numbers, (found,))


def letter() -> Part:
    """Article 3's X: two diagonals and a crossing find it wherever it stands."""
    turned = f"X, turned {_TURNED}°"
    pictures = {
        "X": letter_x(),
        "X, moved": letter_x(shift=(1, -2)),
        turned: letter_x(degrees=_TURNED),
        "plus": letter_x(degrees=45),
    }
    found = {name: convolution(picture, X_PARTS) for name, picture in pictures.items()}
    best = {name: one.values.max((1, 2)) for name, one in found.items()}
    down, across = _peak(found["X, moved"].values[2]) - _peak(found["X"].values[2])
    section = PageSection(
        "What an X is made of",
        (
            "Strokes are +1, the ground is -1. Three filters are enough: one diagonal, the other one, and "
            f"the place where they cross. On the X each of them reaches {best['X'].min():.0f}, the most "
            "that nine products can add up to.",
            f"Where the X moves, its maps move: {down} row down and {-across} columns to the left, the "
            f"crossing is found there and reaches {best['X, moved'][2]:.0f} again.",
            f"Turned a little it still gives {_listed(best[turned])}. A plus, which is an X turned by 45 "
            f"degrees, gives only {_listed(best['plus'])}.",
        ),
        tables=(
            PageTable(
                "The largest number of each map, 9 at most",
                ("picture", "diagonal", "other", "crossing"),
                [(name, *(f"{value:.0f}" for value in values)) for name, values in best.items()],
            ),
        ),
        figures=(
            figure(found["X"].drawing(), "An X, its three parts, and the maps in which they are found"),
            figure(found[turned].drawing(), "The same for an X that is turned a little"),
        ),
    )
    numbers = {
        "x_parts": float(best["X"].min()),
        "x_moved": float(best["X, moved"].min()),
        "x_moved_rows": float(down),
        "x_moved_columns": float(across),
        "x_turned": float(best[turned].min()),
        "x_plus": float(best["plus"].max()),
    }
    return Part(section, numbers, tuple(found.values()))


def moved(seed: int) -> Part:
    """A dense and a convolutional network trained alike, asked about places that they never saw."""
    found = shift_trial(seed=seed)
    dense, shared = found.dense, found.convolutional
    one, other = found.patterns
    section = PageSection(
        "The same thing elsewhere",
        (
            f"Two networks learn to tell a {one} from a {other}, from {found.pictures} pictures in which it "
            "lies in the upper left corner. Then they are asked about every place.",
            f"In the corner both know it: the dense network is right in {dense.seen:.1%}, the convolutional "
            f"one in {shared.seen:.1%} of new pictures.",
            f"Elsewhere the dense one is right in {dense.elsewhere:.1%}, and guessing gives 50%: what it "
            f"learnt, it learnt for each pixel. The convolutional one is right in {shared.elsewhere:.1%}, "
            f"with {shared.parameters} numbers instead of {dense.parameters:,}.",
        ),
        figures=(
            figure(
                found.drawing(),
                "For every place of the pattern how often each network is right",
                "Right answers in percent by the place of the pattern; the frame holds the places of the "
                "training. Gold is better than guessing, teal is worse.",
            ),
        ),
    )
    numbers = {
        "dense_seen": dense.seen,
        "dense_elsewhere": dense.elsewhere,
        "convolutional_seen": shared.seen,
        "convolutional_elsewhere": shared.elsewhere,
    }
    return Part(section, numbers)


def _grey(values: np.ndarray) -> Image.Image:
    return Image.fromarray((values.clip(0, 1) * 255).round().astype(np.uint8)).convert("RGB")


def _mean_column(values: np.ndarray) -> float:
    """The mean column of what is positive."""
    weights = values.clip(0).sum(0)
    return float((weights * (np.arange(len(weights)) + _FIRST)).sum() / weights.sum())


def _peak(values: np.ndarray) -> np.ndarray:
    return np.array(np.unravel_index(values.argmax(), values.shape))


def _listed(values: np.ndarray) -> str:
    *first, last = (f"{value:.0f}" for value in values)
    return f"{', '.join(first)} and {last}"


def _millions(count: int) -> str:
    return f"{count / 1e9:.1f} billion" if count >= 1e9 else f"{count / 1e6:.0f} million"
