"""Why convolution suits pictures: shared weights, known kernels, parts of a letter, and moved patterns."""

import numpy as np
from PIL import Image

from tapetum.lessons.convolution_pictures import X_PARTS, cat, letter_x, seven
from tapetum.lessons.figures import still
from tapetum.mechanics import as_matrix, convolution, convolution_cost, dense_cost, shift_trial
from tapetum.network.operators import OPERATORS
from tapetum.pictures import contact_sheet, full_strength, signed
from tapetum.results import PageSection, PageTable

Part = tuple[PageSection, dict[str, float]]
_TURNED = 8.0
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
            "columns: a dense "
            f"layer would have {found.dense} weights there, convolution has {found.distinct}, used again "
            "and again "
            f"at {found.entries} places. The rest is 0 for ever.",
            "Multiplied with random numbers, it gives what the sliding window gives: the largest "
            "difference was "
            f"{found.difference:.1g}.",
            f"From 25 numbers to 9: {small.weights} weights dense, {shared.weights} shared.",
            f"A photograph of 224 × 224 pixels has {inputs:,} numbers. A dense layer to half as many needs "
            f"{dense.weights:,} weights; all of ResNet-50 has {whole:,}.",
        ),
        tables=(
            PageTable(
                "Weights, and multiplications for one picture",
                ("layer", "weights", "multiply-adds"),
                (
                    ("dense, 25 to 9", f"{small.weights:,}", f"{small.multiply_adds:,}"),
                    ("convolution 3 × 3, 25 to 9", f"{shared.weights:,}", f"{shared.multiply_adds:,}"),
                    (
                        f"dense, {inputs:,} to {inputs // 2:,}",
                        f"{dense.weights:,}",
                        f"{dense.multiply_adds:,}",
                    ),
                    (
                        "convolution, 64 filters of 7 × 7, stride 2",
                        f"{layer.weights:,}",
                        f"{layer.multiply_adds:,}",
                    ),
                ),
            ),
        ),
        figures=(
            still(found.drawing(), "A matrix of 4 × 16 in which the nine weights stand four times each"),
        ),
    )
    return section, {
        "matrix_weights": float(found.distinct),
        "matrix_places": float(found.entries),
        "matrix_dense": float(found.dense),
        "matrix_difference": found.difference,
        "dense_25_to_9": float(small.weights),
        "dense_photograph": float(dense.weights),
        "resnet50": float(whole),
    }


def operators() -> Part:
    """Kernels that people designed, on a photograph."""
    photograph = cat(176)
    shown, captions = [_grey(photograph)], ["the photograph"]
    for name, what in _SIGNED:
        values = convolution(photograph, name, padding="same").values[0]
        shown.append(Image.fromarray(signed(values, full_strength(values[4:-4, 4:-4]))))
        captions.append(f"{name}\n{what}")
    for name, what in _GREY:
        shown.append(_grey(convolution(photograph, name, padding="same").values[0]))
        captions.append(f"{name}\n{what}")
    even = convolution(np.ones((9, 9)), "sobel-vertical").values
    section = PageSection(
        "Kernels that people knew",
        (
            "Long before networks learnt kernels, people wrote them down. Most of these answer to changes: "
            "on an "
            f"even surface they give {np.abs(even).max():.0f}.",
            "Gold is where the picture is like the kernel, teal where it is the opposite. The first layer "
            "of a "
            "trained network looks much like them.",
        ),
        figures=(
            still(
                contact_sheet(shown, captions, 3, tile=176),
                "A photograph of a cat, and what eight known kernels make of it",
            ),
        ),
    )
    return section, {"even_surface": float(np.abs(even).max()), "operators": float(len(OPERATORS))}


def strokes() -> Part:
    """Article 3's seven under four edge filters."""
    names = ("top-edge", "bottom-edge", "left-edge", "right-edge")
    picture = seven()
    found = convolution(picture, np.stack([OPERATORS[name] for name in names])[:, None], padding="same")
    upper, lower = (int(found.values[i].clip(0).sum(1).argmax()) + 1 for i in (0, 1))
    left, right = (_centre(found.values[i]) for i in (2, 3))
    section = PageSection(
        "A seven and its edges",
        (
            "Four filters look at a handwritten 7 of 28 × 28 pixels, drawn for this page. Each has ones "
            "where it "
            "wants light, and minus ones where it wants darkness.",
            f"The first finds the upper edges of the strokes, strongest in row {upper}; the second the "
            "lower edges, "
            f"strongest in row {lower}. The stroke lies between them.",
            "The third and fourth find the left and right edges of the stem: on average at columns "
            f"{left:.1f} and "
            f"{right:.1f}.",
        ),
        figures=(still(found.drawing(), "A seven, four edge filters, and the map that each of them makes"),),
    )
    return section, {
        "upper_edge_row": float(upper),
        "lower_edge_row": float(lower),
        "left_edge_column": left,
        "right_edge_column": right,
    }


def letter() -> Part:
    """Article 3's X: two diagonals and a crossing find it wherever it stands."""
    cases = {
        "X": letter_x(),
        "X, moved": letter_x(shift=(1, -2)),
        "X, turned by 8 degrees": letter_x(degrees=_TURNED),
        "a plus": letter_x(degrees=45.0),
    }
    found = {name: convolution(picture, X_PARTS) for name, picture in cases.items()}
    best = {name: one.values.max((1, 2)) for name, one in found.items()}
    moved_by = _peak(found["X, moved"].values[2]) - _peak(found["X"].values[2])
    section = PageSection(
        "What an X is made of",
        (
            "Strokes are +1, the ground is -1. Three filters are enough: one diagonal, the other one, and "
            "the place "
            f"where they cross. On the X each reaches {best['X'].min():.0f}, the greatest that nine "
            "numbers can add "
            "up to.",
            f"Moved by 1 row and -2 columns, the X gives the same: the maps move with it, the crossing by "
            f"{moved_by[0]} row and {moved_by[1]} columns.",
            f"Turned a little it still gives {_listed(best['X, turned by 8 degrees'])}; a plus, which is "
            "an X "
            f"turned by 45 degrees, only {_listed(best['a plus'])}.",
        ),
        tables=(
            PageTable(
                "The largest number of each map, 9 at most",
                ("picture", "diagonal", "other diagonal", "crossing"),
                [(name, *(f"{value:.0f}" for value in values)) for name, values in best.items()],
            ),
        ),
        figures=(
            still(found["X"].drawing(), "An X, its three parts, and the maps in which they are found"),
            still(found["X, turned by 8 degrees"].drawing(), "The same for an X that is turned a little"),
        ),
    )
    return section, {
        "x_parts": float(best["X"].min()),
        "x_moved": float(best["X, moved"].min()),
        "x_turned": float(best["X, turned by 8 degrees"].sum()),
        "x_plus": float(best["a plus"].sum()),
    }


def moved(seed: int) -> Part:
    """A dense and a convolutional network trained alike, asked about places that they never saw."""
    found = shift_trial(seed=seed)
    dense, shared = found.dense, found.convolutional
    one, other = found.patterns
    section = PageSection(
        "The same thing elsewhere",
        (
            f"Two networks learn to tell a {one} from a {other}, from {found.pictures} pictures in which "
            "it lies in "
            "the upper left corner. Then they are asked about every place.",
            f"In the corner both are right: the dense network in {dense.seen:.1%}, the convolutional one in "
            f"{shared.seen:.1%} of new pictures.",
            f"Elsewhere the dense one guesses ({dense.elsewhere:.1%}, and chance is 50 %): what it learnt, "
            "it learnt "
            f"for each pixel. The convolutional one stays right ({shared.elsewhere:.1%}) with "
            f"{shared.parameters} "
            f"instead of {dense.parameters:,} numbers.",
        ),
        figures=(
            still(
                found.drawing(),
                "For every place of the pattern how often each network is right",
                "Right answers in percent by the place of the pattern; the frame holds the places of the "
                "training. Gold is better than chance, teal is worse.",
            ),
        ),
    )
    return section, {
        "dense_seen": dense.seen,
        "dense_elsewhere": dense.elsewhere,
        "shared_seen": shared.seen,
        "shared_elsewhere": shared.elsewhere,
    }


def _grey(values: np.ndarray) -> Image.Image:
    return Image.fromarray((values.clip(0, 1) * 255).round().astype(np.uint8)).convert("RGB")


def _centre(values: np.ndarray) -> float:
    """The mean column of what is positive, counted from 1."""
    weights = values.clip(0).sum(0)
    return float((weights * np.arange(1, len(weights) + 1)).sum() / weights.sum())


def _peak(values: np.ndarray) -> np.ndarray:
    return np.array(np.unravel_index(values.argmax(), values.shape))


def _listed(values: np.ndarray) -> str:
    *first, last = (f"{value:.0f}" for value in values)
    return f"{', '.join(first)} and {last}"
