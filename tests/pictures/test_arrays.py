"""Arrays and other things in memory as pictures."""

import numpy as np
import pytest
import torch
from PIL import Image

from tapetum.errors import NonFiniteError, PictureError
from tapetum.pictures import Picture, open_picture


def test_uint8_in_every_shape(colours):
    grey = colours[:, :, 0]
    assert (open_picture(colours).pixels == colours).all()
    assert (open_picture(grey).pixels == grey[:, :, None]).all()
    assert (open_picture(grey[:, :, None]).pixels == grey[:, :, None]).all()
    clear = np.dstack([colours, np.zeros((5, 7), np.uint8)])
    picture = open_picture(clear)
    assert (picture.pixels == 255).all()
    assert picture.notes == ("transparent areas shown on white",)


def test_strides_and_orders_do_not_matter(colours):
    assert (open_picture(colours[::-1, ::-2]).pixels == colours[::-1, ::-2]).all()
    assert (open_picture(np.asfortranarray(colours)).pixels == colours).all()
    assert (open_picture(np.broadcast_to(np.uint8(7), (2, 3, 3))).pixels == 7).all()


def test_the_array_is_copied(colours):
    picture = open_picture(colours)
    before = picture.pixels.copy()
    colours[:] = 0
    assert (picture.pixels == before).all()


@pytest.mark.parametrize("kind", [np.float16, np.float32, np.float64, ">f4"])
def test_float_from_0_to_1(kind):
    values = np.array([[0, 0.5, 1]], kind)
    assert open_picture(values).pixels[0, :, 0].tolist() == [0, 128, 255]
    levels = (np.arange(256) / 255).astype(kind)[None]
    assert (open_picture(levels).pixels[0, :, 0] == np.arange(256)).all()


def test_bool_and_uint16():
    assert open_picture(np.array([[True, False]])).pixels[0, :, 0].tolist() == [255, 0]
    picture = open_picture(np.array([[0, 128, 129, 257, 32768, 65535]], ">u2"))
    assert picture.pixels[0, :, 0].tolist() == [0, 0, 1, 1, 128, 255]
    assert picture.notes == ("16-bit values scaled to 8",)


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_not_finite(bad):
    values = np.zeros((4, 5, 3))
    values[1, 2, 0] = bad
    with pytest.raises(NonFiniteError, match="array holds 1 values that are NaN or infinite"):
        open_picture(values)


def test_float_out_of_range():
    with pytest.raises(PictureError, match=r"float values from -0.5 to 255, .* from 0 to 1\. Divide"):
        open_picture(np.array([[-0.5, 255]]))


@pytest.mark.parametrize("kind", [np.int64, np.int8, np.uint32, np.complex64, object, "U1", "M8[s]"])
def test_kinds_of_number_that_do_not_say_where_white_is(kind):
    with pytest.raises(PictureError, match="does not say where white is"):
        open_picture(np.zeros((2, 2), kind))


@pytest.mark.parametrize(
    ("shape", "words"),
    [
        ((3, 20, 30), r"channels first\. Put them last: np.moveaxis"),
        ((1, 20, 30), "channels first"),
        ((2, 3, 20, 30), "a batch of 2"),
        ((20, 30, 2), "A picture has the shape"),
        ((20, 30, 5), "A picture has the shape"),
        ((9,), "A picture has the shape"),
        ((), "A picture has the shape"),
        ((0, 5), "no pixels"),
        ((5, 0, 3), "no pixels"),
        ((0, 0, 3), "no pixels"),
        ((8000, 8000), "50 million"),
    ],
)
def test_wrong_shapes(shape, words):
    with pytest.raises(PictureError, match=words):
        open_picture(np.broadcast_to(np.float32(0), shape))


@pytest.mark.parametrize("wrong", [None, 3, 2.5, [], ["a.png", "b.png"], {}, object(), bytearray(b"x")])
def test_other_things(wrong):
    with pytest.raises(PictureError, match=r"\. (Give|Open)"):
        open_picture(wrong)


def test_tensor_is_told_from_a_picture():
    with pytest.raises(PictureError, match=r"A Tensor of shape \(3, 8, 8\) .* Give an array"):
        open_picture(torch.zeros(3, 8, 8))


def test_pil_image_is_not_modified(colours):
    image = Image.fromarray(colours).convert("P")
    before = (image.mode, image.tobytes(), dict(image.info))
    picture = open_picture(image)
    assert (image.mode, image.tobytes(), dict(image.info)) == before
    pixels = picture.pixels.copy()
    image.paste(0, (0, 0, *image.size))
    assert (picture.pixels == pixels).all()


def test_names():
    assert open_picture(np.zeros((2, 2)), name="up/\x1b[1mcat\n.png").name == "\ufffdcat\ufffd.png"
    assert open_picture(np.zeros((2, 2))).name == "array"
    assert open_picture(Image.new("RGB", (2, 2))).name == "picture"


def test_a_picture_comes_back_as_it_is(colours):
    picture = Picture(colours)
    assert open_picture(picture) is picture
