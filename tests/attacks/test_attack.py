"""Whole attacks: what is promised of every method, and what is refused."""

import io
import json
from pathlib import Path

import numpy as np
import pytest
import torch
from rich.console import Console
from small_networks import Flat, OneLogit, Plain, seeded
from untouched import untouched

import tapetum
from tapetum.attacks import ATTACKS
from tapetum.errors import MethodError, OutputError, PictureError, TargetError
from tapetum.network import Network, Preparation
from tapetum.options import Option

QUICK = {
    "fgsm": {},
    "iterative-fgsm": {"steps": 3},
    "pgd": {"steps": 3, "starts": 2},
    "carlini-wagner": {"steps": 10, "searches": 3, "step_size": 0.05},
    "deepfool": {"steps": 10},
    "universal": {"steps": 5},
}
PHOTOS = [tapetum.sample("cat"), tapetum.sample("coffee"), tapetum.sample("rocket")]
LABELS = ["a", "b", "c", "d", "e"]


@pytest.fixture(scope="module")
def model() -> torch.nn.Module:
    return seeded(Plain(), 3)


@pytest.fixture(scope="module")
def net(model: torch.nn.Module) -> Network:
    preparation = Preparation(24, 20, mean=(0.4,), std=(0.2,), crop=0.8, resize=30)
    return Network(model, preparation, LABELS, name="small", engine="torch")


def test_every_entry_of_the_table_is_complete() -> None:
    assert set(QUICK) == set(ATTACKS)
    for key, method in ATTACKS.items():
        assert method.key == key
        assert method.function.__name__ == key.replace("-", "_")
        assert method.summary.endswith(".")
        assert "Reference:" in (method.function.__doc__ or "")
        for option in method.options:
            assert f"{option.name}:" in (method.function.__doc__ or ""), (key, option.name)
    assert ATTACKS["pgd"].options[0] == Option("steps", "int", 10)


@pytest.mark.parametrize("method", ATTACKS)
def test_what_every_attack_promises(model: torch.nn.Module, net: Network, method: str) -> None:
    """On whole levels, within the budget, truthful about the verdicts, and the caller's world is left."""
    options = QUICK[method]
    for norm in ATTACKS[method].norms:
        with untouched(model):
            found = tapetum.attack(net, PHOTOS, method=method, norm=norm, up_to=0, **options)
            again = tapetum.attack(net, PHOTOS, method=method, norm=norm, up_to=0, **options)
        assert len(found) == len(found.maps[0]) == len(found.maps[1]) == 3
        for picture, same, photo in zip(found, again, PHOTOS, strict=True):
            assert picture.before.shape == picture.after.shape == (24, 20, 3)
            np.testing.assert_array_equal(picture.before, np.asarray(net.preparation.seen(photo)))
            np.testing.assert_array_equal(picture.after, same.after)
            batch = torch.from_numpy(np.stack([picture.before, picture.after])).permute(0, 3, 1, 2) / 255
            verdicts = net((batch - 0.4) / 0.2).argmax(1).tolist()
            assert [p[0].index for p in picture.predictions] == verdicts
            assert picture.fooled == picture.survives == (verdicts[0] != verdicts[1])
            if found.epsilon is not None:
                size = picture.largest / 255 if norm == "linf" else picture.length
                assert 0 < size <= found.epsilon * (1 + 1e-6)
        if not ATTACKS[method].shared:
            one = tapetum.attack(net, PHOTOS[1], method=method, norm=norm, up_to=0, **options)
            apart = np.abs(one[0].after.astype(int) - found[1].after.astype(int))
            assert (apart > 0).mean() < 0.01, "a batch gives what single pictures give, but for rounding"


@pytest.mark.parametrize("method", [key for key in ATTACKS if key != "universal"])
def test_targets_are_reached(net: Network, method: str) -> None:
    said = net.predict(PHOTOS[0])[0].index
    wanted = (said + 1) % 5
    options = {} if not ATTACKS[method].budgeted else {"epsilon": "120/255" if method != "pgd" else "60/255"}
    options |= {"carlini-wagner": {"step_size": 0.1, "steps": 60}, "pgd": {"steps": 20}}.get(method, {})
    found = tapetum.attack(net, PHOTOS[0], wanted, method=method, up_to=0, maps=False, **options)
    assert found[0].fooled == (found[0].predictions[1][0].index == wanted)
    assert found[0].target.indices == (wanted,)
    if method != "fgsm":
        assert found[0].fooled, found.sentences()


def test_a_universal_change_is_the_same_for_all(net: Network) -> None:
    middle = [np.clip(np.asarray(photo.pixels) // 2 + 60, 0, 255).astype(np.uint8) for photo in PHOTOS]
    found = tapetum.attack(net, middle, method="universal", epsilon="20/255", maps=False)
    for picture in found:
        np.testing.assert_array_equal(picture.change, found[0].change)
    assert found[0].largest > 0
    assert found[0].smallest is None


def test_a_function_of_the_logits_is_raised(net: Network) -> None:
    score = lambda logits: logits[:, 2] - logits[:, 0]  # noqa: E731
    found = tapetum.attack(net, PHOTOS[0], score, epsilon="16/255", up_to=0, maps=False)
    batch = torch.from_numpy(np.stack([found[0].before, found[0].after])).permute(0, 3, 1, 2) / 255
    before, after = score(net((batch - 0.4) / 0.2)).tolist()
    assert after > before
    with pytest.raises(MethodError, match="cannot raise a function"):
        tapetum.attack(net, PHOTOS[0], score, method="deepfool")


def test_inside_inference_mode_and_autocast(net: Network) -> None:
    plain = tapetum.attack(net, PHOTOS[0], up_to=2)
    with torch.inference_mode(), torch.autocast("cpu", torch.bfloat16):
        found = tapetum.attack(net, PHOTOS[0], up_to=2)
    np.testing.assert_array_equal(found[0].after, plain[0].after)


def test_one_logit_and_grey() -> None:
    single = Network(seeded(OneLogit(), 1), Preparation(16, 16), ["no", "yes"], engine="torch")
    found = tapetum.attack(single, PHOTOS[0], epsilon="100/255", up_to=0)
    assert found[0].fooled
    assert {p[0].label for p in found[0].predictions} == {"no", "yes"}
    grey = Network(seeded(Flat(), 1), Preparation(28, 28, channels=1), engine="torch")
    found = tapetum.attack(grey, PHOTOS[0], epsilon="60/255", up_to=0)
    assert found[0].after.shape == (28, 28)
    assert found[0].survives == found[0].fooled
    assert found.sheet().height > 100


def test_other_networks_are_asked(net: Network) -> None:
    other = Network(seeded(Plain(), 4), Preparation(32, 32), LABELS, name="other", engine="torch")
    found = tapetum.attack(net, PHOTOS[:2], epsilon="30/255", up_to=0, maps=False, also=[other])
    for picture in found:
        (seen,) = picture.others
        for told, pixels in ((seen.before, picture.before), (seen.after, picture.after)):
            asked = other.predict(pixels)
            assert [score.index for score in told] == [score.index for score in asked]
            assert [score.logit for score in told] == pytest.approx([s.logit for s in asked], abs=1e-5)
        verdict = "other is fooled too" if seen.fooled else "other is not fooled"
        assert any(verdict in words for words in picture.sentences("small"))


@pytest.mark.parametrize(
    ("error", "words", "options"),
    [
        (MethodError, "epsilon is 0", {"epsilon": 0}),
        (MethodError, "epsilon is -1", {"epsilon": -1}),
        (MethodError, "epsilon is 1.01", {"epsilon": 1.01}),
        (MethodError, "epsilon is 4, ", {"epsilon": 4}),
        (MethodError, "no number", {"epsilon": "4/0"}),
        (MethodError, "no number", {"epsilon": float("nan")}),
        (MethodError, "no number", {"epsilon": True}),
        (MethodError, "less than the 1/255", {"epsilon": 0.003}),
        (MethodError, "from all black", {"epsilon": 1000, "norm": "l2"}),
        (MethodError, "no budget", {"epsilon": 0.1, "method": "deepfool"}),
        (MethodError, "nearest are: deepfool", {"method": "deepfol"}),
        (MethodError, "has no norm 'linf'", {"method": "carlini-wagner", "norm": "linf"}),
        (MethodError, "no option 'step'. It has: steps", {"step": 3}),
        (MethodError, "steps is 0", {"steps": 0}),
        (MethodError, "confidence is -1", {"method": "carlini-wagner", "confidence": -1.0}),
        (TargetError, "No class is called 'f'", {"target": "f"}),
        (TargetError, "There is no class 5", {"target": 5}),
        (TargetError, "is a difference", {"target": "a - b"}),
        (TargetError, "2 targets for 3 pictures", {"target": ["a", "b"]}),
        (TargetError, "do not depend|does not depend", {"target": lambda logits: torch.ones(len(logits))}),
    ],
)
def test_what_is_refused(net: Network, error: type[Exception], words: str, options: dict) -> None:
    with pytest.raises(error, match=words):
        tapetum.attack(net, PHOTOS, **options)


def test_the_class_that_is_named_already_is_no_target(net: Network) -> None:
    said = net.predict(PHOTOS[0])[0]
    with pytest.raises(TargetError, match=f"already says '{said.label}' of cat"):
        tapetum.attack(net, PHOTOS[0], said.label)
    with pytest.raises(PictureError, match="no pictures"):
        tapetum.attack(net, [])


def test_what_is_written_is_what_was_found(net: Network, tmp_path: Path) -> None:
    pictures = [tapetum.Picture(photo.pixels, "<b>../x\x1b[31m.png") for photo in PHOTOS[:2]]
    found = tapetum.attack(net, pictures, epsilon="8/255", up_to=9)
    found.save(tmp_path / "all")
    names = sorted(path.name for path in (tmp_path / "all").iterdir())
    assert names == ["attack.html", "attack.json", "sheet.png", "x--31m-pgd-2.png", "x--31m-pgd.png"]
    read = tapetum.open_picture(tmp_path / "all" / "x--31m-pgd-2.png")
    np.testing.assert_array_equal(read.pixels, found[1].after)
    document = json.loads((tmp_path / "all" / "attack.json").read_text())
    assert document["pictures"][1]["largest"] == found[1].largest
    page = (tmp_path / "all" / "attack.html").read_text()
    assert "<script" not in page
    assert "<b>" not in page
    assert "&lt;b&gt;" in page
    assert "\x1b" not in page
    with pytest.raises(OutputError, match="2 changed pictures"):
        found.save(tmp_path / "one.png")
    with pytest.raises(OutputError, match=r"not written as '\.jpg'"):
        found.save(tmp_path / "one.jpg")
    with pytest.raises(OutputError, match="There is no folder"):
        found.save(tmp_path / "no" / "where")
    held = io.StringIO()
    Console(file=held, width=120).print(found)
    assert "\x1b" not in held.getvalue()
    assert found._repr_png_().startswith(b"\x89PNG")
    assert found._repr_html_().startswith("<iframe")
    assert repr(found).startswith("Attack(PGD on small")


def test_a_stop_keeps_what_was_done(net: Network) -> None:
    found = tapetum.attack(net, PHOTOS * 4, method="fgsm", up_to=0, maps=False, stop=lambda: True)
    assert 0 < len(found) < 12
