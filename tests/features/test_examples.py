"""The real pictures that drive channels: against brute force, extended, interrupted, damaged."""

import gc
import re
import weakref
from pathlib import Path

import numpy as np
import pytest
import torch
from oracles.examples import strongest
from PIL import Image
from small_networks import Flat, NoPlaces, OneLogit, Plain, seeded
from torch.utils.data import Dataset
from untouched import untouched

import tapetum
from tapetum import Examples
from tapetum.errors import LayerError, MethodError, OutputError, PictureError
from tapetum.pictures import Picture
from tapetum.report import examples_page

SIZE = 24


def pictures(count: int, seed: int = 0, rows: int = SIZE, columns: int = SIZE) -> list[Picture]:
    draw = np.random.default_rng(seed)
    # Smooth blotches, so that places differ more than by noise.
    coarse = draw.integers(0, 256, (count, 6, 6, 3), dtype=np.uint8)
    smooth = [Image.fromarray(one).resize((columns, rows), Image.Resampling.BICUBIC) for one in coarse]
    return [Picture(np.asarray(one), f"{seed}-{place}") for place, one in enumerate(smooth)]


@pytest.fixture(scope="module")
def net() -> tapetum.Network:
    return tapetum.load(seeded(Plain()), input_shape=(3, SIZE, SIZE), engine="torch", mean=0.5, std=0.5)


@pytest.mark.parametrize("layer", ["conv1", "bn2", "fc"])
def test_the_strongest_pictures_and_places_are_those_of_brute_force(net: tapetum.Network, layer: str) -> None:
    given = pictures(37)
    found = tapetum.examples(net, given, layer, 5)
    values = net.activations(given, [layer])[layer]
    maps = values if values.dim() == 4 else values[:, :, None, None]
    for channel, wanted in enumerate(strongest(maps, 5)):
        seen = found[channel]
        assert [example.picture for example in seen] == [f"0-{picture}" for picture, *_ in wanted]
        assert [(example.row, example.column) for example in seen] == [place[2:] for place in wanted]
        values = [value for _, value, *_ in wanted]
        assert [example.value for example in seen] == pytest.approx(values, rel=1e-4, abs=1e-5)


def test_where_an_activation_has_a_ceiling_the_mean_decides() -> None:
    module = torch.nn.Sequential(
        torch.nn.Conv2d(3, 6, 3), torch.nn.Hardtanh(0, 0.4), torch.nn.Flatten(), torch.nn.LazyLinear(2)
    )
    module(torch.zeros(1, 3, SIZE, SIZE))
    net = tapetum.load(seeded(module), input_shape=(3, SIZE, SIZE), engine="torch")
    given = pictures(30)
    values = net.activations(given, ["1"])["1"]
    wanted = strongest(values, 4)
    full = [channel for channel in range(6) if wanted[channel][1][1] == wanted[channel][0][1]]
    means = [
        [float(values[picture, channel].mean()) for picture, *_ in wanted[channel]] for channel in range(6)
    ]
    found = tapetum.examples(net, given, "1", 4)
    assert np.allclose(found.means, means, atol=1e-6)
    clear = [channel for channel in full if min(-np.diff(means[channel])) > 1e-5]
    assert len(clear) > 2
    for channel in clear:
        assert found.pictures_of(channel) == tuple(f"0-{picture}" for picture, *_ in wanted[channel])


def test_a_patch_is_what_the_place_sees(net: tapetum.Network) -> None:
    """Nothing outside of the box changes the value; at the edge it is clipped to the picture."""
    given = pictures(9)
    found = tapetum.examples(net, given, "bn2", 4)
    field = net.layer("bn2").receptive_field
    clipped = 0
    for channel in range(len(found)):
        example = found[channel][0]
        top, left, bottom, right = example.box
        assert example.image.size == (right - left, bottom - top)
        picture = given[int(example.picture.split("-")[1])]
        assert np.array_equal(np.asarray(example.image), picture.pixels[top:bottom, left:right])
        clipped += (bottom - top, right - left) != field
        changed = picture.pixels.copy()
        changed[:top], changed[bottom:], changed[:, :left], changed[:, right:] = 0, 255, 0, 255
        value = net.activations(Picture(changed), ["bn2"])["bn2"][0, channel, example.row, example.column]
        assert float(value) == pytest.approx(example.value, rel=1e-4, abs=1e-5)
    assert 0 < clipped < len(found)


def test_extending_is_the_same_as_all_at_once(net: tapetum.Network, tmp_path: Path) -> None:
    first, second = pictures(21, 1), pictures(30, 2)
    whole = tapetum.examples(net, first + second, "bn2", 4)
    file = tmp_path / "kept.npz"
    tapetum.examples(net, first, "bn2", 4, file=file)
    tapetum.examples(net, second, "bn2", file=file)
    kept = Examples.load(file)
    apart = tapetum.examples(net, second, "bn2", 4), tapetum.examples(net, first, "bn2", 4)
    for other in (kept, apart[0].merged(apart[1]), apart[1].merged(apart[0])):
        for name in ("values", "means", "pictures", "places", "boxes", "seen"):
            assert np.array_equal(getattr(other, name), getattr(whole, name)), name
        assert other.patches == whole.patches
        assert other.names == whole.names


def test_what_was_seen_is_not_looked_at_again(net: tapetum.Network, tmp_path: Path) -> None:
    given, file = pictures(20), tmp_path / "kept.npz"
    tapetum.examples(net, given[:11], "bn2", 3, file=file)
    before = net.passes["forward"]
    found = tapetum.examples(net, given + given, "bn2", 3, file=file)
    assert net.passes["forward"] - before == 9
    assert len(found.seen) == 20


def test_an_interrupted_run_goes_on(net: tapetum.Network, tmp_path: Path) -> None:
    given, file = pictures(60), tmp_path / "kept.npz"
    asked: list[int] = []

    def stop() -> bool:
        asked.append(1)
        return len(asked) == 2

    part = tapetum.examples(net, given, "bn2", 3, file=file, stop=stop)
    assert len(part.seen) == 32
    assert len(Examples.load(file).seen) == 32
    whole = tapetum.examples(net, given, "bn2", 3, file=file)
    assert len(whole.seen) == 60
    assert np.array_equal(whole.values, tapetum.examples(net, given, "bn2", 3).values)


def test_other_networks_layers_and_numbers_are_refused(net: tapetum.Network, tmp_path: Path) -> None:
    given, file = pictures(3), tmp_path / "kept.npz"
    tapetum.examples(net, given, "bn2", 2, file=file)
    before = file.read_bytes()
    other = tapetum.load(seeded(Plain(), 5), input_shape=(3, SIZE, SIZE), engine="torch", mean=0.5, std=0.5)
    with pytest.raises(MethodError, match="another network"):
        tapetum.examples(other, given, "bn2", 2, file=file)
    with pytest.raises(MethodError, match="of the layer bn2, not conv1"):
        tapetum.examples(net, given, "conv1", 2, file=file)
    with pytest.raises(MethodError, match="keep 2 pictures"):
        tapetum.examples(net, given, "bn2", 3, file=file)
    with pytest.raises(MethodError, match="Ask for 1 to 100"):
        tapetum.examples(net, given, "bn2", 0)
    with pytest.raises(LayerError, match="conv9"):
        tapetum.examples(net, given, "conv9")
    assert file.read_bytes() == before


@pytest.mark.parametrize(
    "damage", [lambda data: b"", lambda data: data[: len(data) // 2], lambda data: b"PK" + data[2:][::-1]]
)
def test_a_damaged_file_is_no_examples_and_stays(net: tapetum.Network, tmp_path: Path, damage) -> None:
    file = tmp_path / "kept.npz"
    tapetum.examples(net, pictures(3), "bn2", 2, file=file)
    file.write_bytes(damage(file.read_bytes()))
    before = file.read_bytes()
    with pytest.raises(OutputError, match=r"kept.npz is not a file of examples"):
        tapetum.examples(net, pictures(3), "bn2", 2, file=file)
    assert file.read_bytes() == before
    with pytest.raises(OutputError, match="There is no file"):
        Examples.load(tmp_path / "none.npz")


def test_a_file_whose_arrays_lie_is_refused(net: tapetum.Network, tmp_path: Path) -> None:
    file = tmp_path / "kept.npz"
    tapetum.examples(net, pictures(3), "bn2", 2, file=file)
    with np.load(file) as held:
        arrays = dict(held)
    for name, value in (
        ("boxes", arrays["boxes"][:, :1]),
        ("boxes", arrays["boxes"] + 1),
        ("values", np.full_like(arrays["values"], np.nan)),
        ("patch_sizes", arrays["patch_sizes"] + 1),
        ("pictures", arrays["pictures"] + np.uint64(1)),
        ("values", arrays["values"].astype(object)),
    ):
        np.savez(file, **arrays | {name: value})
        with pytest.raises(OutputError, match="is not a file of examples"):
            Examples.load(file)
    np.savez(file, **arrays | {"patch_bytes": np.zeros_like(arrays["patch_bytes"])})
    with pytest.raises(PictureError, match="not a picture"):
        Examples.load(file)[0]


class _Counted(Dataset):
    """Pictures made when they are asked for; how many of them are alive is counted."""

    def __init__(self, count: int) -> None:
        self.count, self.alive, self.most = count, weakref.WeakSet(), 0

    def __len__(self) -> int:
        return self.count

    def __getitem__(self, index: int) -> tuple[Picture, int]:
        made = pictures(1, index, 40, 60)[0]
        self.alive.add(made)
        self.most = max(self.most, len(self.alive))
        return made, index % 7


def test_a_data_set_is_streamed(net: tapetum.Network) -> None:
    """However many pictures there are, a batch of them is alive, and k patches for each channel."""
    gc.collect()
    for count in (40, 160):
        given = _Counted(count)
        found = tapetum.examples(net, given, "bn2", 3)
        assert len(found.seen) == count
        assert given.most <= 17
        assert len(found.patches) <= 3 * len(found)
    assert re.fullmatch(r"item \d+, \d", found[0][0].picture)


def test_tensors_of_a_data_set_are_pictures(net: tapetum.Network) -> None:
    given = pictures(5)
    tensors = [torch.from_numpy(p.pixels.copy()).permute(2, 0, 1) / 255 for p in given]
    labels = torch.arange(5)
    found = tapetum.examples(net, torch.utils.data.TensorDataset(torch.stack(tensors), labels), "bn2", 2)
    assert np.array_equal(found.values, tapetum.examples(net, given, "bn2", 2).values)


class _Broken(Dataset):
    def __len__(self) -> int:
        return 3

    def __getitem__(self, index: int) -> Picture:
        if index == 1:
            raise OSError("cannot \x1b[31mread")
        return pictures(3)[index]


def test_unreadable_pictures_are_listed_and_counted(net: tapetum.Network, tmp_path: Path) -> None:
    inside = tmp_path / "a" / "b"
    inside.mkdir(parents=True)
    for i, picture in enumerate(pictures(4)):
        picture.save((inside if i % 2 else tmp_path) / f"{i}.png")
    (tmp_path / "a" / "page.jpg").write_text("<html>")
    (tmp_path / "cut.png").write_bytes((tmp_path / "0.png").read_bytes()[:60])
    (tmp_path / "notes.txt").write_text("no picture")
    found = tapetum.examples(net, tmp_path, "bn2", 9)
    assert len(found.seen) == 4
    assert {example.picture for example in found[0]} == {"0.png", "2.png", "a/b/1.png", "a/b/3.png"}
    assert [name for name, _ in found.unreadable] == ["a/page.jpg", "cut.png"]
    assert found.unreadable_count == 2
    assert tapetum.examples(net, _Broken(), "bn2", 2).unreadable[0][0] == "item 1"
    with pytest.raises(PictureError, match="None of the 1 pictures can be read"):
        tapetum.examples(net, tmp_path / "a" / "page.jpg", "bn2")
    (tmp_path / "empty").mkdir()
    with pytest.raises(PictureError, match="no picture in the folder"):
        tapetum.examples(net, tmp_path / "empty", "bn2")
    with pytest.raises(PictureError, match="data set is empty"):
        tapetum.examples(net, _Counted(0), "bn2")


def test_grey_vectors_one_logit_and_a_field_larger_than_the_picture() -> None:
    given = pictures(4, 3, 9, 30)
    flat = tapetum.load(seeded(Flat()), input_shape=(1, 28, 28), engine="torch")
    found = tapetum.examples(flat, given, "layers.5", 2)
    assert {np.ptp(np.asarray(example.image), axis=2).max() for example in found[0]} == {0}
    assert tapetum.examples(flat, given, "layers.7", 2)[0][0].box == (0, 0, 28, 28)
    one = tapetum.load(seeded(OneLogit()), input_shape=(3, 16, 20), engine="torch")
    assert len(tapetum.examples(one, given, "body.fc", 2)) == 1
    deep = torch.nn.Sequential(
        *(torch.nn.Conv2d(3, 3, 9, padding=4) for _ in range(4)),
        torch.nn.Flatten(),
        torch.nn.Linear(3 * 8 * 8, 2),
    )
    wide = tapetum.load(seeded(deep), input_shape=(3, 8, 8), engine="torch")
    assert wide.layer("3").receptive_field == (33, 33)
    assert {e.box for e in tapetum.examples(wide, given, "3", 3)[0]} == {(0, 0, 8, 8)}
    nothing = tapetum.load(seeded(NoPlaces()), input_shape=(3, 8, 8), engine="torch")
    with pytest.raises(LayerError, match="no layer with rows and columns"):
        tapetum.examples(nothing, given)


def test_silent_channels_are_told() -> None:
    module = seeded(Plain())
    with torch.no_grad():
        module.bn2.weight[3], module.bn2.bias[3] = 0, -1
    net = tapetum.load(module, input_shape=(3, SIZE, SIZE), engine="torch")
    layer = next(one.name for one in net.layers if one.kind == "relu" and one.shape[0] == 16)
    found = tapetum.examples(net, pictures(12), layer, 3)
    most = net.activations(pictures(12), [layer])[layer].amax((0, 2, 3))
    assert 3 in found.silent
    assert found.silent == tuple(torch.nonzero(most == 0).flatten().tolist())
    assert "silent on all pictures" in _page(found)


def _page(found: Examples, channels: list[int] | None = None) -> str:
    return examples_page(found, found.chosen(channels))


def test_sheets_pages_and_hostile_names(net: tapetum.Network, tmp_path: Path) -> None:
    hostile = "<img src=x onerror=alert(1)>\"'.png"
    given = [Picture(picture.pixels, hostile) for picture in pictures(4)]
    found = tapetum.examples(net, given, "bn2", 4)
    page = found.save(tmp_path / "page.html", [0, 2]).read_text()
    assert "<img" not in page
    assert "<script" not in page
    assert page.count("<section>") == 2
    assert page.count("http") == page.count("http-equiv")
    found.save(tmp_path / "one.png", 3)
    found.save(tmp_path / "many.webp")
    assert found.sheet(3).size != found.sheet().size
    with pytest.raises(LayerError, match="no channel 16"):
        found.sheet(16)
    with pytest.raises(LayerError, match="no channel 99"):
        found.save(tmp_path / "page.html", [99])
    with pytest.raises(OutputError, match=r"not written as '\.txt'"):
        found.save(tmp_path / "found.txt")
    with pytest.raises(OutputError, match="no folder"):
        found.save(tmp_path / "nowhere" / "found.npz")
    assert {path.name for path in tmp_path.iterdir()} == {"page.html", "one.png", "many.webp"}


def test_the_module_is_not_touched() -> None:
    module = seeded(Plain()).train()
    net = tapetum.load(module, input_shape=(3, SIZE, SIZE), engine="torch")
    with untouched(module):
        tapetum.examples(net, pictures(3), "bn2", 2)


def test_beside_a_visualisation(net: tapetum.Network, tmp_path: Path) -> None:
    found = tapetum.examples(net, pictures(7), "bn2", 4)
    made = tapetum.visualise(net, ["bn2:3", "class:1", "bn2:5@1,1"], steps=2)
    both = found.beside(made)
    assert [panel.real is not None for panel in both.panels] == [True, False, True]
    assert [panel.real for panel in made.panels] == [None] * 3
    assert both.picture.width > made.picture.width
    page = both.save(tmp_path / "beside.html").read_text()
    assert page.count('class="real"') == 2
    assert "may mislead" in " ".join(page.split())
    with pytest.raises(MethodError, match="of channels of bn2, and the pictures of class:"):
        found.beside(tapetum.visualise(net, ["class:1"], steps=1))
    other = tapetum.load(seeded(Plain(), 5), input_shape=(3, SIZE, SIZE), engine="torch", mean=0.5, std=0.5)
    with pytest.raises(MethodError, match="another network"):
        found.beside(tapetum.visualise(other, ["bn2:1"], steps=1))
