"""Output sizes and receptive fields: the formulas against brute force and against torch."""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from oracles import mechanics as oracle
from torch import nn

from tapetum.errors import WindowError
from tapetum.mechanics import Slide, output_size, output_sizes, receptive_field, taps

SLIDES = st.builds(Slide, st.integers(1, 5), st.integers(1, 3), st.just(0), st.integers(1, 3))


@given(st.integers(1, 40), SLIDES, st.integers(0, 4))
@settings(max_examples=200, deadline=None)
def test_the_output_size_is_the_number_of_places(size, slide, padding):
    room = size + 2 * padding
    slide = slide._replace(padding=padding)
    wanted = oracle.places(room, slide.span, slide.stride)
    if not wanted:
        with pytest.raises(WindowError):
            output_size(size, slide)
        return
    assert output_size(size, slide) == len(wanted)
    assert taps(size, slide)[:, 0].tolist() == [start - padding for start in wanted]


@given(st.lists(SLIDES, min_size=1, max_size=4))
@settings(max_examples=200, deadline=None)
def test_the_receptive_field_is_what_brute_force_reaches(slides):
    plain = [(slide.kernel, slide.stride, slide.dilation) for slide in slides]
    first, second = oracle.seen(plain, 0), oracle.seen(plain, 1)
    field, apart = receptive_field(slides)
    assert field == max(first) - min(first) + 1
    assert apart == min(second) - min(first)


def test_article_1s_convolution_pooling_and_convolution_see_8_pixels_and_not_6():
    field, _ = receptive_field([Slide(3), Slide(2, stride=2), Slide(3)])
    network = nn.Sequential(nn.Conv2d(1, 1, 3), nn.AvgPool2d(2), nn.Conv2d(1, 1, 3)).double()
    for weight in network.parameters():
        nn.init.ones_(weight)
    picture = torch.zeros(1, 1, 16, 16, dtype=torch.double, requires_grad=True)
    network(picture)[0, 0, 1, 1].backward()
    assert picture.grad is not None
    seen = picture.grad[0, 0].nonzero()
    assert ((seen.max(0).values - seen.min(0).values) + 1).tolist() == [8, 8]
    assert field == 8


def test_known_networks():
    # VGG-16 up to its last pooling: 212 pixels, 32 apart.
    vgg = [s for n in (2, 2, 3, 3, 3) for s in (*[Slide(3, padding=1)] * n, Slide(2, stride=2))]
    assert receptive_field(vgg) == (212, 32)
    assert output_sizes(224, vgg)[-1] == 7
    assert output_sizes(14, [Slide(4, stride=2)]) == [6]
    assert output_sizes(5, [Slide(3, padding="same"), Slide(3, stride=2, padding="same")]) == [5, 3]


def test_what_is_out_of_range_is_refused():
    with pytest.raises(WindowError, match=r"^The stride is 0\. Give a whole number of at least 1\.$"):
        receptive_field([Slide(3, stride=0)])
    with pytest.raises(WindowError, match=r"^The size of the input is 0\. Give"):
        output_size(0, Slide(1))
