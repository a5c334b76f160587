"""How convolution is done: products and sums, pooling, borders, strides, channels and filters."""

import numpy as np

from tapetum.lessons.convolution_part import Part
from tapetum.lessons.convolution_pictures import CAT, CROSS, two_crosses
from tapetum.lessons.figures import figure, film
from tapetum.mechanics import Slide, convolution, output_sizes, pooling, receptive_field
from tapetum.network.operators import OPERATORS
from tapetum.results import PageSection, PageTable, SlidingWindow


def multiply_and_add() -> Part:
    """Article 1's two crosses, found by a cross."""
    found = convolution(two_crosses(), CROSS, padding=1)
    peaks = np.argwhere(found.values[0] == found.values.max()) + 1
    places = " and ".join(f"row {row}, column {column}" for row, column in peaks)
    section = PageSection(
        "Multiply, add, move on",
        (
            "The picture has 5 × 5 pixels, and a ring of zeros around it, so that the window can also "
            "stand on the edge: 7 × 7. The kernel is a cross of five ones.",
            f"At {places} the result is {found.values.max():.0f}, its greatest: only there all "
            f"{CROSS.sum():.0f} ones of the kernel lie on ones of the picture. These are the two crosses "
            "that it is made of.",
            "The larger a result, the more the picture looks like the kernel at that place. That is all that "
            "convolution does.",
        ),
        figures=(
            film(
                found.animation(600),
                "A window of 3 × 3 slides over a picture of two crosses; products and sums are shown",
                "The white frame is the window. Beside it the kernel, the products of both, and their sum, "
                "which becomes the next number of the result.",
            ),
        ),
    )
    return Part(section, {"peak": float(found.values.max()), "peaks": float(len(peaks))}, (found,))


def pool() -> Part:
    """The largest of each four numbers."""
    crosses = convolution(two_crosses(), CROSS, padding=1)
    found, mean = pooling(crosses.values, 2), pooling(crosses.values, 2, by="average")
    below = found.values[0, 1]
    section = PageSection(
        "Pooling: keep the largest",
        (
            "A window of 2 × 2 moves by two and keeps only the largest number under it. The 5 × 5 result "
            f"becomes {_size(found)}; its last row and column do not fill a window and are left out.",
            f"Both fives are still there ({below[0]:.0f} and {below[1]:.0f} in the second row), but only "
            "roughly where they were: that is what pooling gives up, and what it saves.",
            f"The means of the same windows would be {', '.join(f'{v:g}' for v in mean.values.ravel())}.",
        ),
        figures=(
            film(
                found.animation(900),
                "A window of 2 × 2 moves by two over the result and keeps the largest number",
            ),
        ),
    )
    return Part(
        section, {"pooled": float(below.min()), "pooled_rows": float(len(found.values[0]))}, (found, mean)
    )


def fields() -> Part:
    """What a stack of layers sees."""
    layers = (
        ("convolution 3 × 3", Slide(3)),
        ("pooling 2 × 2, stride 2", Slide(2, stride=2)),
        ("convolution 3 × 3", Slide(3)),
    )
    slides = [slide for _, slide in layers]
    seen = [receptive_field(slides[: count + 1]) for count in range(len(slides))]
    field = seen[-1][0]
    rows = [
        (name, f"{size} × {size}", f"{reach} × {reach}", str(apart))
        for (name, _), size, (reach, apart) in zip(layers, output_sizes(28, slides), seen, strict=True)
    ]
    section = PageSection(
        "What two layers see",
        (
            "A number of the second convolution is made of 3 × 3 numbers of the pooled map, each of these of "
            "2 × 2 numbers, and each of these of 3 × 3 pixels.",
            f"Together that is a window of {field} × {field} pixels: 1 + 2 + 1 + 2 · 2 = {field}. One often "
            "reads 6 × 6, three pooled places of two pixels each; that forgets the reach of the first "
            "convolution.",
        ),
        tables=(
            PageTable(
                "A picture of 28 × 28 pixels on its way",
                ("layer", "size after it", "sees pixels", "pixels apart"),
                rows,
            ),
        ),
    )
    return Part(section, {"receptive_field": float(field)})


def borders() -> Part:
    """Without padding the result shrinks, with it the size is kept."""
    picture = np.arange(1.0, 26).reshape(5, 5) % 7
    valid, same = (convolution(picture, "sharpen", padding=how) for how in (0, "same"))
    section = PageSection(
        "The border",
        (
            f"A window of 3 × 3 has {valid.values.size} places on 5 × 5 numbers: {picture.size} numbers "
            f"become {valid.values.size}, and the outermost never lie in the middle of the window.",
            f"With a ring of zeros the result is {_size(same)}, as large as the input: that padding is "
            "called same.",
        ),
        figures=(
            film(valid.animation(500), "Without padding 5 × 5 numbers become 3 × 3", "Without padding."),
            film(same.animation(350), "With a ring of zeros 5 × 5 numbers stay 5 × 5", "Padding same."),
        ),
    )
    numbers = {"valid_outputs": float(valid.values.size), "same_outputs": float(same.values.size)}
    return Part(section, numbers, (valid, same))


def strides() -> Part:
    """The window skips places."""
    picture = np.add.outer(np.arange(14.0), np.arange(14.0)) % 5
    found = convolution(picture, np.ones((4, 4)) - 2 * np.eye(4), stride=2)
    half = convolution(picture[:5, :5], CROSS, stride=2)
    section = PageSection(
        "The stride",
        (
            "With a stride of 2 the window leaves out every other place. A filter of 4 × 4 on 14 × 14 "
            f"numbers has (14 - 4) / 2 + 1 = {len(found.values[0])} places in a row: the result is "
            f"{_size(found)}.",
            f"3 × 3 on 5 × 5 gives {_size(half)}. Many networks shrink their maps this way, without pooling.",
        ),
        figures=(
            film(found.animation(350), "A 4 × 4 window moves by two over 14 × 14 numbers and gives 6 × 6"),
        ),
    )
    return Part(section, {"stride_rows": float(len(found.values[0]))}, (found, half))


def channels() -> Part:
    """Three kernels make one filter."""
    picture = np.random.default_rng(4).integers(0, 4, (3, 5, 5)).astype(float)
    kernels = np.stack([OPERATORS["prewitt-vertical"], OPERATORS["laplacian"], CROSS])
    apart = convolution(picture, kernels[:, None], groups=3)
    found = convolution(picture, kernels, [1.0])
    step = found.step(1, 1)
    section = PageSection(
        "Three channels, one filter",
        (
            "A colour picture has three channels, and a filter has a kernel for each of them. Every kernel "
            "slides over its own channel and makes a map; the three maps are added, and at the end the "
            "bias.",
            f"At row 2, column 2 that is {_sum(step.subtotals)} + {step.bias:.0f} (bias) = {step.total:.0f}.",
            "However many channels go in, one filter makes one map.",
        ),
        figures=(
            figure(
                apart.drawing(),
                "Three channels, three kernels, and the map that each kernel makes of its channel",
                "Every kernel by itself.",
            ),
            film(
                found.animation(900),
                "Three kernels slide over three channels; their sums and the bias make one number",
                "All three together, with the bias.",
            ),
        ),
    )
    numbers = {
        "with_bias": step.total,
        "kernels_apart": float(np.abs(apart.values.sum(0) + 1 - found.values[0]).max()),
    }
    return Part(section, numbers, (apart, found))


def filters() -> Part:
    """Article 5's animation: one picture, four maps."""
    names = ("prewitt-vertical", "prewitt-horizontal", "laplacian")
    kernels = np.stack([*(OPERATORS[name] for name in names), np.ones((3, 3))])[:, None]
    found = convolution(CAT, kernels, stride=2)
    section = PageSection(
        "Four filters, four maps",
        (
            "A layer has many filters, and each makes a map of its own. Here four look at a cat of 15 × 15 "
            f"pixels; with a stride of 2 their maps are {_size(found)}.",
            "The first answers where it grows brighter to the right, the second where it grows brighter "
            "downwards, the third at points and edges, and the last one adds up all that lies under it.",
            "The first layer of ResNet-18 does the same with 64 filters of 7 × 7 on 224 × 224 pixels.",
        ),
        figures=(film(found.animation(350), "A window slides over a small cat and fills four maps at once"),),
    )
    return Part(
        section, {"maps": float(len(found.values)), "map_rows": float(len(found.values[0]))}, (found,)
    )


def _size(found: SlidingWindow) -> str:
    return f"{found.values.shape[1]} × {found.values.shape[2]}"


def _sum(values: np.ndarray) -> str:
    first, *others = values
    return f"{first:.0f}" + "".join(f" {'-' if value < 0 else '+'} {abs(value):.0f}" for value in others)
