"""Networks written down by hand, in a file or in hands."""

import json
import os
import tomllib
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from oracles import by_hand

import tapetum
from tapetum.errors import DesignError, ModelError, OutputError
from tapetum.learning import as_tensors, digits, split
from tapetum.models.by_hand import Design, Filter, Kernel
from tapetum.models.design_text import as_toml

SMALL = Design(
    name="small",
    labels=("no", "yes"),
    size=(5, 6),
    padding=1,
    pool=2,
    kernels=(
        Kernel("edge", ((-1.0, 1.0), (0.5, -0.5))),
        Kernel("ink", ((1.0, 1.0), (1.0, 0.25))),
    ),
    filters=(
        Filter("a", (((1.0, 0.0, -1.0),) * 3, ((0.5, 0.5, 0.0),) * 3)),
        Filter("b", (((0.0, 2.0, 0.0),) * 3, ((0.0, 0.0, 1.0),) * 3)),
        Filter("c", (((1.0, 1.0, 1.0),) * 3, ((0.0, 1e-7, 0.0),) * 3)),
    ),
    weights=((0.5, -1.0), (2.0, 0.0), (-0.125, 1.0)),
    bias=-0.75,
)


@pytest.fixture
def data() -> dict[str, Any]:
    """The plain data of the design that comes along, to be spoilt."""
    return tapetum.design().to_dict()


@pytest.fixture
def written(tmp_path: Path) -> Callable[[str, str | bytes], Path]:
    def write(name: str, text: str | bytes) -> Path:
        (tmp_path / name).write_bytes(text if isinstance(text, bytes) else text.encode())
        return tmp_path / name

    return write


@pytest.mark.parametrize("design", [tapetum.design(), SMALL], ids=["shipped", "small"])
def test_every_number_on_the_way_is_the_one_computed_by_hand(design: Design) -> None:
    net = tapetum.load(design)
    file = design.to_dict()
    batch = torch.rand(6, 1, *design.size, generator=torch.Generator().manual_seed(0))
    names = [f"filters.{place}" for place in range(len(design.filters))]
    found = net.activations(batch, ["pool", *names])
    for place, picture in enumerate(batch[:, 0].double().numpy()):
        for number, kernel in enumerate(file["kernels"]):
            maps = by_hand.kernel_map(picture, np.array(kernel["weights"]), design.padding)
            wanted = by_hand.pooled(maps, design.pool)
            assert np.abs(found["pool"][place, number].numpy() - wanted).max() < 1e-5
        vectors = np.array([found[name][place].flatten().numpy() for name in names])
        assert np.abs(vectors - by_hand.score_vectors(picture, file)).max() < 1e-4
        assert abs(float(net(batch[place : place + 1])) - by_hand.logit(picture, file)) < 1e-4


def test_the_design_that_comes_along_recognises_real_ones_and_twos() -> None:
    net = tapetum.load(tapetum.design())
    held_back = split(digits([1, 2]), (0.5, 0.5), seed=0)[1]
    for part, least in ((digits([1, 2]), 0.98), (held_back, 0.98)):
        batch, labels = as_tensors(part, net.preparation)
        assert float(((net(batch)[:, 0] > 0) == labels.bool()).float().mean()) >= least
    assert net.predict(held_back.fetch(0))[0].label == held_back.classes[held_back.labels[0]]


def test_its_file_is_what_saving_it_gives() -> None:
    held = Path(tapetum.models.__path__[0]) / "designs" / "ones-and-twos.toml"
    assert held.read_text("utf-8") == as_toml(tapetum.design())


@pytest.mark.parametrize("design", [tapetum.design(), SMALL], ids=["shipped", "small"])
def test_files_give_the_same_network(design: Design, tmp_path: Path, written: Callable[..., Path]) -> None:
    saved = design.save(tmp_path / "design.toml")
    plain = written("design.json", json.dumps(design.to_dict()))
    assert tapetum.design(saved) == tapetum.design(plain) == design
    found = tapetum.load(str(saved))
    assert found.fingerprint == tapetum.load(plain).fingerprint == tapetum.load(design).fingerprint
    assert (found.name, found.source) == (design.name, "design file design.toml")
    assert tapetum.load(saved, labels=["left", "right"]).labels == ("left", "right")


def test_names_of_every_kind_survive_a_file(tmp_path: Path) -> None:
    hostile = 'a "b" \\ [c] \x7f\x00\n= </script> é 😀'
    kernels = (Kernel(hostile, SMALL.kernels[0].weights), Kernel("a.b", SMALL.kernels[1].weights))
    design = replace(SMALL, name=hostile, labels=(hostile, "…"), kernels=kernels)
    assert tapetum.design(design.save(tmp_path / "x.toml")) == design


def test_a_design_is_written_as_toml_only(tmp_path: Path) -> None:
    with pytest.raises(OutputError, match=r"A design is not written as '\.png'"):
        SMALL.save(tmp_path / "design.png")


@pytest.mark.parametrize(
    ("name", "text", "place", "sketch"),
    [
        ("d.toml", 'name = "x"\nlabels = ["1" "2"]\n', "line 2, column 15", '  labels = ["1" "2"]'),
        ("d.toml", 'name = "x"\r\nsize = [8,,]\r\n', "line 2, column 11", "  size = [8,,]"),
        ("d.toml", 'name = "x"\nsize = [8,\n8', "line 3, column 2", "  8"),
        ("d.toml", 'name = "x"\nname = "y"\n', "line 2, column 11", '  name = "y"'),
        ("d.json", '{"name": "x",\n "size": [8 8]}', "line 2, column 13", '   "size": [8 8]}'),
        ("d.json", "", "line 1, column 1", "  "),
        ("d.json", '{"name": ', "line 1, column 10", '  {"name": '),
        ("d.toml", b'name = "x"\nlabels = ["caf\xe9"]\n', "line 2, column 15", None),
        ("d.toml", b"\x89PNG\r\n\x1a\n\x00", "line 1, column 1", None),
    ],
)
def test_an_unreadable_file_is_told_with_line_and_column(
    written: Callable[..., Path], name: str, text: str | bytes, place: str, sketch: str | None
) -> None:
    with pytest.raises(DesignError, match=f"{name} cannot be read at {place}: ") as caught:
        tapetum.load(written(name, text))
    shown, caret = caught.value.sketch
    column = int(place.rpartition(" ")[2])
    assert caret == " " * (column + 1) + "^"
    if sketch is not None:
        assert shown == sketch
    assert str(caught.value).endswith(f"\n{shown}\n{caret}")


def test_a_long_line_is_cut_around_the_place(written: Callable[..., Path]) -> None:
    with pytest.raises(DesignError) as caught:
        tapetum.design(written("d.toml", f"size = [{'8, ' * 300},]\n"))
    shown, caret = caught.value.sketch
    assert len(shown) < 110
    assert shown[caret.index("^")] == ","


@pytest.mark.parametrize(
    ("name", "text", "words"),
    [
        ("deep.toml", "a = " + "[" * 100_000, "cannot be read"),
        ("deep.json", "[" * 100_000, "cannot be read"),
        ("twice.json", '{"name": "a", "name": "b"}', "the key 'name' stands twice"),
        ("long.json", '{"bias": ' + "9" * 5000 + "}", "cannot be read"),
        ("large.toml", b"#" * (2**20 + 1), "larger than 1 MiB"),
        ("list.json", "[]", r"In the design stands \[\]. Give a table with name"),
    ],
)
def test_files_that_are_no_designs(
    written: Callable[..., Path], name: str, text: str | bytes, words: str
) -> None:
    with pytest.raises(DesignError, match=words):
        tapetum.load(written(name, text))


def _put(data: dict[str, Any], way: tuple[Any, ...], value: Any) -> None:
    for key in way[:-1]:
        data = data[key]
    if value is None:
        del data[way[-1]]
    else:
        data[way[-1]] = value


@pytest.mark.parametrize(
    ("way", "value", "words"),
    [
        (("kernals",), [], "no key 'kernals' in the design. Is 'kernels' meant"),
        (("kernels", 1, "numbers"), [], "no key 'numbers' in kernel 2. Known are: name, weights"),
        (("kernels", 1, "weights"), None, "'weights' is missing in kernel 2"),
        (("verdict", "bias"), None, "'bias' is missing in verdict"),
        (("filters", 1, "maps", "rising"), None, "'rising' is missing in the maps of filter 2"),
        (("filters", 1, "maps", "risign"), [], "no key 'risign' in the maps of filter 2. Is 'rising' meant"),
        (("kernels",), {}, "In kernels stands {}. Give a list"),
        (("kernels", 2), 3, "In kernel 3 stands 3. Give a table"),
        (
            ("kernels", 2, "weights", 1, 0),
            "x",
            "In row 2 of the weights of kernel 3 stands 'x'. Give numbers",
        ),
        (("kernels", 2, "weights", 1, 0), True, "stands True. Give numbers"),
        (("kernels", 2, "weights", 1), 5, "In row 2 of the weights of kernel 3 stands 5. Give a list"),
        (("kernels", 2, "weights", 1), [1, 2], "In row 2 of the weights of kernel 'lower edge' there are 2"),
        (("kernels", 2, "weights"), [[1, 2, 3]], "In the weights of kernel 'lower edge' there are 1 rows"),
        (("kernels", 0, "weights"), [], "The kernel 'stem' is empty"),
        (("kernels", 0, "weights"), [[], []], "The kernel 'stem' is empty"),
        (("kernels", 2, "weights", 1, 0), float("nan"), "In row 2 .* stands NaN or infinity"),
        (("kernels", 2, "weights", 1, 0), 10**400, "too large"),
        (("filters", 0, "name"), "2", "Two filters are called '2'"),
        (("filters", 0, "name"), " ", "In the name of filter 1 stands ' '. Give a text"),
        (("filters", 1, "maps", "rising", 3), [0, 0, 0], "row 4 of the map of 'rising' in filter '2'"),
        (
            ("pool",),
            4,
            "there are 4 rows. Give 2 × 2 numbers, as the maps are after padding 1, the kernel and",
        ),
        (("pool",), 0, "The pool is 0"),
        (("pool",), 9, "leave nothing of 8 × 8 pixels"),
        (("padding",), 3, "The padding is 3 for kernels of 3 × 3. Give 0 to 2"),
        (("padding",), 1.5, "In padding stands 1.5. Give whole numbers"),
        (("size",), [8], "size has 1 numbers"),
        (("size",), [10**9, 10**9], "The size is 1000000000 × 1000000000"),
        (("size",), [1, 1], "Kernels of 3 × 3.* leave nothing of 1 × 1 pixels"),
        (("labels",), ["1", "2", "3"], "Give two different ones"),
        (("labels",), ["1", "1"], "Give two different ones"),
        (("labels",), "12", "In labels stands '12'. Give a list"),
        (("kernels",), [], "no key 'stem' in the maps"),
        (("filters",), [], "no kernels or no filters"),
        (
            ("verdict", "weights"),
            [[1, 2, 3, 4, 5]],
            "In the weights of the verdict there are 1 rows. Give 2 × 5",
        ),
        (("verdict", "weights", 0), [1, 2], "In row 1 of the weights of the verdict there are 2 numbers"),
        (("verdict", "bias"), float("inf"), "The bias of the verdict is inf"),
    ],
)
def test_what_does_not_fit_is_told_with_its_place(
    data: dict[str, Any], written: Callable[..., Path], way: tuple[Any, ...], value: Any, words: str
) -> None:
    _put(data, way, value)
    with pytest.raises(DesignError, match=words) as caught:
        tapetum.load(written("d.json", json.dumps(data)))
    assert str(caught.value).startswith("d.json: ")
    assert caught.value.sketch == ()


def test_a_design_reads_pictures_of_its_own_size_only() -> None:
    for wrong in ({"size": 9}, {"input_shape": (3, 8, 8)}):
        with pytest.raises(ModelError, match="reads grey pictures of 8 × 8, and nothing else"):
            tapetum.load(tapetum.design(), **wrong)
    assert tapetum.load(tapetum.design(), input_shape=(1, 8, 8)).input_shape == (1, 8, 8)
    with pytest.raises(ModelError, match="belongs to a weights file"):
        tapetum.load(tapetum.design(), architecture="lite0")


def test_places_that_hold_no_design(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.toml")
    for name, words in {"absent.toml": "There is no", "pipe.toml": "no ordinary file"}.items():
        for read in (tapetum.load, tapetum.design):
            with pytest.raises(ModelError, match=words):
                read(tmp_path / name)


def test_a_design_made_in_python_is_checked_too() -> None:
    with pytest.raises(DesignError, match="Two kernels are called 'edge'"):
        replace(SMALL, kernels=(SMALL.kernels[0],) * 2)
    with pytest.raises(DesignError, match="The filter 'a' has 1 maps for 2 kernels"):
        replace(SMALL, filters=(Filter("a", SMALL.filters[0].maps[:1]),))


def test_a_changed_number_changes_the_verdict(tmp_path: Path) -> None:
    text = as_toml(tapetum.design()).replace("bias = -9.12", "bias = 100")
    (tmp_path / "changed.toml").write_text(text)
    assert tomllib.loads(text)["verdict"]["bias"] == 100
    changed = tapetum.load(tmp_path / "changed.toml")
    assert changed.predict(digits([1, 2]).fetch(0))[0].label == "2"
