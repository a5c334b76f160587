"""The sample photographs: offline, and the very ones that their packages give."""

import subprocess
import sys

import pytest
import skimage.data
from sklearn.datasets import load_sample_image

from tapetum.errors import PictureError
from tapetum.pictures import SAMPLES, open_picture, sample

ORACLES = {
    "cat": skimage.data.chelsea,
    "astronaut": skimage.data.astronaut,
    "coffee": skimage.data.coffee,
    "rocket": skimage.data.rocket,
    "flower": lambda: load_sample_image("flower.jpg"),
    "temple": lambda: load_sample_image("china.jpg"),
}


def test_every_sample_is_the_package_s_own():
    assert set(SAMPLES) == set(ORACLES)
    for name in SAMPLES:
        picture = sample(name)
        assert (picture.pixels == ORACLES[name]()).all()
        assert picture.name == name
        assert picture.notes == ()


def test_by_a_word_to_open_picture():
    assert open_picture("sample:cat") is sample("cat")


def test_unknown_names_the_nearest():
    with pytest.raises(PictureError, match=r"There is no sample 'catt'\. Use one of: cat\."):
        open_picture("sample:catt")
    with pytest.raises(PictureError, match="Use one of: cat, astronaut, coffee, rocket, flower, temple"):
        sample("zzz")
    with pytest.raises(PictureError) as caught:
        sample("\x1b[31m\n" * 300)
    assert str(caught.value).isprintable()
    assert len(str(caught.value)) < 300


def test_light_to_import_and_to_use():
    heavy = "import sys, tapetum.pictures as p; p.sample('flower'); p.contact_sheet(['sample:cat'])\n"
    heavy += "print([m for m in ('torch', 'skimage', 'sklearn', 'scipy') if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", heavy], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
