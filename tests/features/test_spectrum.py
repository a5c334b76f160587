"""The picture as a spectrum: the formula by slow sums, colours, seeds, odd and non-square sizes."""

import math

import pytest
import torch

from tapetum.features.spectrum import colour_matrix, fourier_canvas


@pytest.mark.parametrize(("rows", "columns", "channels"), [(6, 8, 3), (7, 5, 3), (5, 6, 1)])
@pytest.mark.parametrize("decay", [1.0, 1.5])
def test_the_formula_by_slow_sums(rows: int, columns: int, channels: int, decay: float) -> None:
    canvas = fourier_canvas([3], channels, rows, columns, decay=decay)
    (coefficients,) = canvas.parameters
    c = torch.view_as_complex(coefficients.detach())[0]
    planes = torch.zeros(channels, rows, columns)
    for i in range(rows):
        for j in range(columns):
            for u in range(rows):
                for v in range(columns // 2 + 1):
                    down, across = min(u, rows - u) / rows, v / columns
                    f = max(math.hypot(down, across), 1 / max(rows, columns))
                    turn = complex(
                        math.cos(angle := 2 * math.pi * (u * i / rows + v * j / columns)), math.sin(angle)
                    )
                    middle = v == 0 or 2 * v == columns
                    # A real picture has every other coefficient twice, as itself and conjugated.
                    share = (c[:, u, v] * turn).real * (1 if middle else 2)
                    planes[:, i, j] += share * math.sqrt(rows * columns) / f**decay / (rows * columns) / 4
    colours = colour_matrix(channels)
    expected = torch.sigmoid(torch.einsum("oc,cij->oij", colours, planes))
    torch.testing.assert_close(canvas.pixels()[0].detach(), expected, rtol=1e-4, atol=1e-5)


def test_colours() -> None:
    matrix = colour_matrix(3)
    assert float(matrix.norm(dim=0).max()) == pytest.approx(1)
    assert float(matrix[0, 0]) == pytest.approx(0.26 / 0.4619, rel=1e-3)
    assert colour_matrix(1).tolist() == [[1.0]]


def test_a_picture_depends_on_its_own_seed_only() -> None:
    both, alone = fourier_canvas([5, 7], 3, 12, 9), fourier_canvas([7], 3, 12, 9)
    assert torch.equal(both.parameters[0][1], alone.parameters[0][0])
    assert not torch.equal(both.parameters[0][0], alone.parameters[0][0])
    grey = both.pixels().detach()
    assert float((grey - 0.5).abs().max()) < 0.1  # it starts close to mid grey
    (slope,) = torch.autograd.grad(both.pixels()[1].sum(), both.parameters)
    assert not bool(slope[0].any())
    assert bool(slope[1].any())
