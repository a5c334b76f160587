"""Pictures of units as a person asks for them: what is kept, resumed, stopped, saved and told."""

import io
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from small_networks import Flat, OneLogit, PinnedBatch, Plain, Residual, seeded
from untouched import untouched

import tapetum
from tapetum.errors import LayerError, MethodError, OutputError
from tapetum.features import Frame
from tapetum.network import Network, Preparation

LABELS = ["leopard", "<b>zebra</b>", "tiger\x1b[31m cat", "crane"]


@pytest.fixture(scope="module")
def network() -> Network:
    return Network(seeded(Residual()), Preparation(16, 24), LABELS, name="residual")


def test_scores_are_those_of_the_picture_that_is_shown(network: Network) -> None:
    found = tapetum.visualise(network, ["class:leopard", "block1:3@1,2"], steps=6, frames=3)
    batch = network.prepare([panel.image for panel in found.panels])
    logits = network(batch)
    block = network.activations(batch, ["block1"])["block1"]
    assert found[0].score == pytest.approx(float(logits[0, 0]), rel=1e-4)
    assert found[1].score == pytest.approx(float(block[1, 3, 1, 2]), rel=1e-4)
    assert found[0].rank == 1 + int((logits[0] > logits[0, 0]).sum())
    assert found[1].rank is None
    assert found[1].prediction is not None
    assert found.history.shape == (2, 6)
    assert not np.isnan(found.history).any()
    assert [step for step, _ in found.frames] == [1, 2, 6]
    assert "Geirhos" in found.warning
    assert "tapetum examples" in found.warning


def test_copies_differ_and_blends_lead_from_one_end_to_the_other(network: Network) -> None:
    copies = tapetum.visualise(network, "class:leopard", copies=2, steps=4)
    assert copies.options["diverse_at"] == network.layer().name
    assert copies[0].image.tobytes() != copies[1].image.tobytes()
    both = tapetum.visualise(network, ["class:leopard", "class:crane"], copies=2, steps=4)
    assert both.columns == 2
    for ours, alone in zip(both.panels, copies.panels, strict=False):
        assert np.abs(np.asarray(ours.image, int) - np.asarray(alone.image, int)).max() <= 1
    with pytest.raises(LayerError, match="could be compared"):
        tapetum.visualise(network, "class:0", copies=2, diverse_at="head")
    blend = tapetum.visualise(network, ["class:0", "class:3"], blend=3, steps=4)
    assert [panel.objective for panel in blend.panels][1] == "0.5*class:leopard + 0.5*class:crane"
    assert blend.columns == 3


def test_frames_are_streamed_and_a_stop_keeps_what_is_there(network: Network) -> None:
    seen: list[Frame] = []
    found = tapetum.visualise(network, "class:0", steps=50, watch=seen.append, stop=lambda: len(seen) >= 2)
    assert [frame.done for frame in seen] == [1, 2, 3]
    assert seen[-1].pictures().shape == (1, 16, 24, 3)
    assert len(found) == 1
    assert int(np.isnan(found.history).sum()) == 47


def test_every_kind_of_file(network: Network, tmp_path: Path) -> None:
    found = tapetum.visualise(network, ["class:1", "class:2"], steps=5, frames=4)
    with Image.open(found.save(tmp_path / "a.png")) as sheet:
        assert sheet.width > 48
    with Image.open(found.save(tmp_path / "a.gif")) as film:
        assert film.n_frames == 3  # type: ignore[attr-defined]
    page = found.save(tmp_path / "a.html").read_text()
    assert page.count("data:image/png") == 2
    assert "<b>zebra" not in page
    assert "&lt;b&gt;zebra" in page
    assert "\x1b" not in page
    assert "default-src &#x27;none&#x27;" in page or "default-src 'none'" in page
    single = tapetum.visualise(network, "class:1", steps=1, frames=0)
    assert single.picture.size == (24, 16)
    with Image.open(io.BytesIO(single._repr_png_())) as shown:
        assert shown.size == (24, 16)
    with pytest.raises(OutputError, match="frames=24"):
        single.save(tmp_path / "b.gif")
    for name, words in (("b.pdf", "'.pdf'"), ("no/b.png", "no folder"), (".", "is a folder")):
        with pytest.raises(OutputError, match=words):
            single.save(tmp_path / name)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.gif", "a.html", "a.png"]


def test_a_layer_is_resumed_where_it_was_interrupted(network: Network, tmp_path: Path) -> None:
    made: list[int] = []

    def watch(frame: Frame) -> None:
        made.append(frame.done)

    whole = tapetum.visualise_layer(network, "block1", steps=2, folder=tmp_path / "one")
    assert len(whole) == 8
    part = tapetum.visualise_layer(
        network, "block1", range(3), steps=2, folder=tmp_path / "two", watch=watch, stop=lambda: bool(made)
    )
    assert len(part) == 3  # one group, whose last step was the second
    files = sorted((tmp_path / "two").rglob("*.png"))
    assert [path.name for path in files] == ["00000.png", "00001.png", "00002.png"]
    files[1].write_bytes(b"damaged")
    made.clear()
    rest = tapetum.visualise_layer(network, "block1", steps=2, folder=tmp_path / "two", watch=watch)
    assert rest.notes == ("2 of 8 channels were made before.",)
    assert made == [1, 2]
    for ours, theirs in zip(rest.panels, whole.panels, strict=True):
        assert np.abs(np.asarray(ours.image, int) - np.asarray(theirs.image, int)).max() <= 1
    stopped = tapetum.visualise_layer(network, "block2", steps=5, folder=tmp_path / "two", stop=lambda: True)
    assert len(stopped) == 0
    assert "0 of 8 channels are finished" in stopped.notes[0]


def test_another_network_or_other_options_start_anew(tmp_path: Path) -> None:
    for seed, steps in ((0, 1), (1, 1), (0, 2)):
        other = Network(seeded(Residual(), seed), Preparation(16, 16))
        assert tapetum.visualise_layer(other, "block1", [0], steps=steps, folder=tmp_path).notes == ()
    assert len(list(tmp_path.rglob("00000.png"))) == 3


def test_a_grid_of_what_a_layer_sees() -> None:
    network = Network(seeded(Plain()), Preparation(20, 24))
    photograph = Image.fromarray(np.random.default_rng(0).integers(0, 255, (32, 48, 3), np.uint8))
    found = tapetum.activation_grid(network, photograph, "conv2", cell=16, steps=1)
    assert len(found) == 10 * 12
    assert found.picture.size == (12 * 16, 10 * 16)
    assert found[0].objective == "conv2:what is seen at 0,0"
    with pytest.raises(LayerError, match="without rows and columns"):
        tapetum.activation_grid(network, photograph, "fc")


def test_networks_of_every_kind() -> None:
    grey = Network(seeded(Flat()), Preparation(28, 28, 1))
    made = tapetum.visualise(grey, ["class:3", "layers.0:2", "layers.7:5"], steps=2)
    assert made[0].image.size == (28, 28)
    assert np.ptp(np.asarray(made[0].image), axis=2).max() == 0
    one = Network(seeded(OneLogit()), Preparation(12, 12))
    assert tapetum.visualise(one, "class:0", steps=2)[0].rank in (1, 2)
    pinned = Network(seeded(PinnedBatch(2)), Preparation(12, 12), batch=2)
    assert len(tapetum.visualise(pinned, ["class:0", "class:1", "class:2"], steps=2)) == 3
    half = Network(seeded(Residual()).to(torch.bfloat16), Preparation(12, 12))
    assert len(tapetum.visualise(half, "class:0", steps=2)) == 1


def test_the_caller_is_left_alone() -> None:
    model = seeded(Residual())
    own = Network(model, Preparation(12, 12))
    with untouched(model):
        tapetum.visualise(own, "class:0", steps=2, copies=2)
        with pytest.raises(MethodError):
            tapetum.visualise(own, "class:0", steps=2, copies=0)
    with torch.inference_mode():
        assert len(tapetum.visualise(own, "class:0", steps=2)) == 1


@pytest.mark.parametrize(
    ("objective", "options", "words"),
    [
        ([], {}, "no objective"),
        ("class:0", {"steps": 0}, "at least 1"),
        ("class:0", {"blend": 4}, "one objective to another"),
        (["class:0", "class:1"], {"blend": 2}, "none in between"),
        ("class:0", {"copies": 2, "quality": "high"}, "one by one"),
        ("class:0", {"quality": "best"}, "preview, standard, high"),
    ],
)
def test_what_cannot_be_made_is_refused(
    network: Network, objective: object, options: dict[str, object], words: str
) -> None:
    with pytest.raises(MethodError, match=words):
        tapetum.visualise(network, objective, **options)  # type: ignore[arg-type]
