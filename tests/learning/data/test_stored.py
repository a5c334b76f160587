"""Pictures and labels in HDF5 and .npz files, and as arrays."""

import zipfile
from io import BytesIO
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest

from tapetum.errors import DataError, NonFiniteError, PictureError, TapetumError
from tapetum.learning import arrays, open_data, open_parts

CHANCE = np.random.default_rng(0)
PIXELS = CHANCE.integers(0, 256, (6, 8, 5, 3)).astype(np.uint8)
LABELS = np.array([0, 1, 1, 0, 1, 0])


def written(place: Path, content: dict[str, Any]) -> Path:
    """The same content as HDF5 or as .npz, by the suffix."""
    if place.suffix == ".npz":
        np.savez_compressed(place, **content)
    else:
        with h5py.File(place, "w") as file:
            for key, value in content.items():
                file[key] = value
    return place


@pytest.fixture(params=[".h5", ".npz"])
def file(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    return tmp_path / f"faces{request.param}"


def test_the_layout_of_article_3(file: Path) -> None:
    written(
        file,
        {"train_set_x": PIXELS, "train_set_y": LABELS[None], "list_classes": np.array([b"frown", b"smile"])},
    )
    parts = open_parts(file)
    assert list(parts) == ["train"]
    data = parts["train"]
    assert (data.classes, data.counts) == (("frown", "smile"), (3, 3))
    assert all((data[i][0].pixels == PIXELS[i]).all() and data[i][1] == LABELS[i] for i in range(6))
    assert data.notes == (f"{file.name}: train_set_x (6, 8, 5, 3) uint8, train_set_y (1, 6) {LABELS.dtype}.",)


def test_both_parts_in_one_file(file: Path) -> None:
    written(
        file,
        {
            "train_set_x": PIXELS,
            "train_set_y": LABELS,
            "test_set_x": PIXELS[:2],
            "test_set_y": LABELS[:2],
            "list_classes": np.array([0, 1]),
        },
    )
    assert {part: one.counts for part, one in open_parts(file).items()} == {"train": (3, 3), "test": (1, 1)}
    assert open_data(file, part="test").classes == ("0", "1")
    whole = open_data(file)
    assert whole.counts == (4, 4)
    assert (whole[7][0].pixels == PIXELS[1]).all()


@pytest.mark.parametrize("keys", [("x", "y"), ("X", "Y"), ("images", "labels"), ("data", "label")])
def test_usual_keys_are_found(tmp_path: Path, keys: tuple[str, str]) -> None:
    place = written(tmp_path / "a.npz", {keys[0]: PIXELS, keys[1]: LABELS, "other": np.zeros(3)})
    assert open_data(place).counts == (3, 3)


def test_other_keys_are_named(file: Path) -> None:
    written(file, {"pics": PIXELS[..., 0], "truth": np.array(["b", "a", "b", "b", "a", "a"]).astype("S1")})
    data = open_data(file, keys=("pics", "truth"))
    assert (data.classes, data.labels.tolist()) == (("a", "b"), [1, 0, 1, 1, 0, 0])
    assert (data[2][0].pixels == PIXELS[2, :, :, :1]).all()
    with pytest.raises(DataError, match=f"{file.name} holds pics, truth, and no pair"):
        open_data(file)
    with pytest.raises(DataError, match="has no 'train_set_x'; it holds pics, truth"):
        open_data(file, keys=("train_set_x", "truth"))
    with pytest.raises(DataError, match="needs two keys, not 1"):
        open_data(file, keys=("pics",))


def test_keys_inside_groups_of_hdf5(tmp_path: Path) -> None:
    place = written(tmp_path / "a.hdf5", {"train/images": PIXELS, "train/labels": LABELS})
    assert open_data(place, keys=("train/images", "train/labels")).counts == (3, 3)
    with pytest.raises(DataError, match="holds train/images, train/labels, and no pair"):
        open_data(place)


def test_channels_first_and_last_and_none_are_the_same_pictures() -> None:
    last = arrays(PIXELS, LABELS)
    first = arrays(PIXELS.transpose(0, 3, 1, 2), LABELS)
    assert all((a.pixels == b.pixels).all() for (a, _), (b, _) in zip(last, first, strict=True))
    assert last.fingerprint == first.fingerprint != arrays(PIXELS[::-1], LABELS).fingerprint
    as_float = arrays(PIXELS / 255, LABELS)
    assert (as_float[3][0].pixels == PIXELS[3]).all()


def test_labels_may_be_rows_words_or_numbers_from_anywhere() -> None:
    rows = np.eye(2)[LABELS]
    assert arrays(PIXELS, rows).labels.tolist() == LABELS.tolist()
    assert arrays(PIXELS, LABELS.astype(float)[:, None]).labels.tolist() == LABELS.tolist()
    found = arrays(PIXELS, [7, -3, 7, 10, 7, -3])
    assert (found.classes, found.labels.tolist()) == (("-3", "7", "10"), [1, 0, 1, 2, 1, 0])
    named = arrays(PIXELS, ["cat", "dog", "cat", "cat", "dog", "cat"], ["dog", "cat"])
    assert named.labels.tolist() == [1, 0, 1, 1, 0, 1]


@pytest.mark.parametrize(
    ("pictures", "labels", "kind", "words"),
    [
        (PIXELS, [0, 1, 2, 0, 1, 5], DataError, "label of picture 2 of arrays is 2, and there are 2 classes"),
        (PIXELS, [0, 1, -1, 0, 1, 0], DataError, "label of picture 2 of arrays is -1"),
        (PIXELS, ["a", "b", "a", "b", "a", "c"], DataError, "'a', which is none of its 2 classes"),
        (PIXELS, [0, 1, 1], DataError, "6 pictures and 3 labels"),
        (PIXELS, [0.5, 1, 1, 0, 0, 0], DataError, "no whole numbers"),
        (PIXELS, [np.nan, 1, 1, 0, 0, 0], DataError, "no whole numbers"),
        (PIXELS, np.zeros((6, 2)), DataError, "Row 0 of the labels"),
        (PIXELS, np.zeros((6, 2, 2)), DataError, r"shape \(6, 2, 2\)"),
        (PIXELS, [], DataError, r"shape \(0,\)"),
        (PIXELS[..., :2], LABELS, DataError, r"shape \(6, 8, 5, 2\)"),
        (PIXELS.reshape(6, -1), LABELS, DataError, r"shape \(6, 120\)"),
        (PIXELS[:0], LABELS[:0], DataError, "no pictures"),
        (np.zeros((6, 1, 5000)), LABELS, DataError, "one side is more than"),
        (PIXELS.astype(complex), LABELS, DataError, "of the kind complex128"),
        (PIXELS.astype(int), LABELS, PictureError, "does not say where white is"),
        (PIXELS.astype(float), LABELS, PictureError, "Divide values up to 255 by 255"),
        (np.full((6, 4, 4), np.nan), LABELS, NonFiniteError, "96 values that are NaN"),
    ],
)
def test_arrays_that_cannot_be_used(pictures: Any, labels: Any, kind: type[TapetumError], words: str) -> None:
    with pytest.raises(kind, match=words):
        arrays(pictures, np.asarray(labels), ["x", "y"])


def test_one_class_only(file: Path) -> None:
    written(file, {"x": PIXELS, "y": np.ones(6, int), "classes": np.array([b"a", b"b"])})
    with pytest.raises(DataError, match=r"All pictures of faces.* are of one class"):
        open_data(file)


def test_an_absurd_size_is_refused_before_anything_is_allocated(tmp_path: Path) -> None:
    place = tmp_path / "absurd.h5"
    with h5py.File(place, "w") as file:
        file.create_dataset("x", (10**9, 10**4, 10**4, 3), np.uint8, chunks=(1, 64, 64, 3))
        file["y"] = LABELS
    assert place.stat().st_size < 10_000
    with pytest.raises(DataError, match=r"x of absurd.h5 declares the shape .* the file holds 0 bytes of it"):
        open_data(place)
    with h5py.File(place, "w") as file:
        file["x"] = PIXELS
        file.create_dataset("y", (10**14,), np.uint8, chunks=(1024,))
    with pytest.raises(DataError, match=r"y of absurd.h5 declares"):
        open_data(place)


def test_pictures_in_huge_pieces_or_in_other_files_are_refused(tmp_path: Path) -> None:
    place = tmp_path / "odd.h5"
    with h5py.File(place, "w") as file:
        file.create_dataset("x", (600, 1000, 1000), np.uint8, chunks=(600, 1000, 1000))
        file["y"] = np.arange(600) % 2
    with pytest.raises(DataError, match="stored in too large pieces"):
        open_data(place)
    (tmp_path / "secret").write_bytes(bytes(6 * 64))
    with h5py.File(place, "w") as file:
        file.create_dataset("x", (6, 8, 8), np.uint8, external=[(str(tmp_path / "secret"), 0, 6 * 64)])
        file["y"] = LABELS
        file["linked"] = h5py.ExternalLink(str(tmp_path / "other.h5"), "x")
    with pytest.raises(DataError, match=r"x of odd.h5 lies in another file"):
        open_data(place)
    with pytest.raises(DataError, match="has no 'linked'; it holds x, y"):
        open_data(place, keys=("linked", "y"))


def test_large_files_are_read_one_picture_at_a_time(tmp_path: Path) -> None:
    place = tmp_path / "large.h5"
    with h5py.File(place, "w") as file:
        x = file.create_dataset(
            "x", (300, 1000, 1000), np.uint8, chunks=(1, 1000, 1000), compression="gzip", compression_opts=1
        )
        for row in range(300):
            x[row] = row % 251
        file["y"] = np.arange(300) % 3
    data = open_data(place)
    assert data.counts == (100, 100, 100)
    assert (data[299][0].pixels == 299 % 251).all()


@pytest.mark.parametrize("suffix", [".h5", ".npz"])
def test_damaged_files(tmp_path: Path, suffix: str) -> None:
    place = written(tmp_path / f"cut{suffix}", {"x": PIXELS, "y": LABELS})
    whole = place.read_bytes()
    for damaged in (whole[: len(whole) // 2], b"", b"<html>", b"\x89HDF\r\n\x1a\n" + b"\xff" * 4000):
        place.write_bytes(damaged)
        with pytest.raises(DataError, match=f"cut{suffix} cannot be read as"):
            open_data(place)


def member(header: bytes, data: bytes) -> bytes:
    """An .npz of x with this header, and of good labels."""
    held = BytesIO()
    with zipfile.ZipFile(held, "w", zipfile.ZIP_DEFLATED) as archive:
        start = b"\x93NUMPY\x01\x00" + len(header).to_bytes(2, "little") + header
        archive.writestr("x.npy", start + data)
        labels = BytesIO()
        np.save(labels, LABELS)
        archive.writestr("y.npy", labels.getvalue())
    return held.getvalue()


def test_an_npz_that_declares_more_than_it_holds(tmp_path: Path) -> None:
    place = tmp_path / "absurd.npz"
    header = b"{'descr': '|u1', 'fortran_order': False, 'shape': (1000000000, 1000, 1000), }\n"
    place.write_bytes(member(header, bytes(100)))
    with pytest.raises(DataError, match=r"x of absurd.npz declares the shape"):
        open_data(place)
    place.write_bytes(member(b"{'descr': '|u1', 'fortran_order': False, 'shape': (6, 9, 9), }\n", bytes(100)))
    with pytest.raises(DataError, match="486 bytes, and 100 are there"):
        open_data(place)


def test_python_objects_are_never_loaded(tmp_path: Path) -> None:
    place = tmp_path / "objects.npz"
    np.savez(place, x=PIXELS, y=np.array([{}] * 6, dtype=object))
    with pytest.raises(DataError, match=r"y of objects.npz holds Python objects, which are code"):
        open_data(place)


def test_what_is_no_data(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("x")
    for source, words in (
        (tmp_path / "notes.txt", "notes.txt is no folder and ends in neither"),
        (tmp_path / "none.h5", "There is no data file .*none.h5"),
        ("lions", "There are no data 'lions'. Give lines, digits, faces, corners, a folder"),
        ("li\0ns", "NUL character"),
        (3, "cannot be opened from int"),
    ):
        with pytest.raises(DataError, match=words):
            open_data(source)
    with pytest.raises(DataError, match=r"Keys belong to an HDF5 or .npz file"):
        open_data(tmp_path / "notes.txt", keys=("x", "y"))
    with pytest.raises(DataError, match="is all one part, and no 'test'"):
        open_data("faces", part="test")


def test_groups_that_hold_each_other_have_an_end(tmp_path: Path) -> None:
    place = written(tmp_path / "round.h5", {"a/x": PIXELS, "b/y": LABELS})
    with h5py.File(place, "a") as file:
        for number in range(50):
            file[f"a/b{number}"] = file["b"]
            file[f"b/a{number}"] = file["a"]
    with pytest.raises(DataError, match="no pair of pictures and labels"):
        open_data(place)
    assert open_data(place, keys=("a/x", "b/y")).counts == (3, 3)
