"""A design on the command line."""

import json
from pathlib import Path

import numpy as np
from PIL import Image

import tapetum
from tapetum.learning import digits


def test_commands_work_on_a_design(run, tmp_path: Path) -> None:
    tapetum.design().save(tmp_path / "design.toml")
    (tmp_path / "design.json").write_text(json.dumps(tapetum.design().to_dict()))
    data = digits([1, 2])
    for place in (0, len(data) - 1):
        Image.fromarray(data.fetch(place).pixels).save(tmp_path / "digit.png")
        for name in ("design.toml", "design.json"):
            ran = run("predict", "digit.png", "--model", name, "--json")
            assert ran.code == 0, ran.err
            found = json.loads(ran.out)
            assert found["pictures"][0]["classes"][0]["label"] == data.classes[data.labels[place]]
    layers = json.loads(run("layers", "--model", "design.toml", "--json").out)["layers"]
    assert [layer["name"] for layer in layers if not layer["container"]] == [
        *("kernels", "relu", "pool", "filters.0", "filters.1", "cat", "flatten", "verdict")
    ]
    ran = run("explain", "digit.png", "--model", "design.toml", "--method", "gradcam", "--method", "lrp")
    assert ran.code == 0, ran.err


def test_an_unreadable_design_is_told_with_a_caret(run, tmp_path: Path) -> None:
    (tmp_path / "bad.toml").write_text('name = "x"\nlabels = ["1" "2"]\n')
    ran = run("layers", "--model", "bad.toml")
    assert ran.code == 2
    told, line, caret = ran.err.splitlines()
    assert told.startswith("tapetum: bad.toml cannot be read at line 2, column 15: ")
    assert line == '  labels = ["1" "2"]'
    assert line[caret.index("^")] == '"'
    assert ran.out == ""


def test_what_does_not_fit_is_told_in_one_line(run, tmp_path: Path) -> None:
    data = tapetum.design().to_dict()
    data["kernels"][1]["weights"][2] = [1, 2]
    (tmp_path / "bad.json").write_text(json.dumps(data))
    ran = run("predict", "sample:cat", "--model", "bad.json")
    assert ran.code == 2
    assert ran.err.startswith("tapetum: bad.json: In row 3 of the weights of kernel 'upper edge' there are 2")
    assert ran.err.count("\n") == 1


def test_hostile_files_and_names_stay_text(run, tmp_path: Path) -> None:
    (tmp_path / "\x1b[31m.toml").write_text("\x1b]0;title\x07 = [")
    (tmp_path / "key.json").write_text(json.dumps({"\x1b[31m<b>\n\u202e": 1}))
    (tmp_path / "pixels.toml").write_bytes(bytes(np.random.default_rng(0).integers(0, 256, 999, np.uint8)))
    for name in ("\x1b[31m.toml", "key.json", "pixels.toml"):
        ran = run("layers", "--model", name)
        assert ran.code == 2
        assert not set("\x1b\x07\u202e") & set(ran.err)
        assert len(ran.err.splitlines()) <= 3


def test_sizes_that_do_not_fit_are_refused(run, tmp_path: Path) -> None:
    tapetum.design().save(tmp_path / "design.toml")
    ran = run("layers", "--model", "design.toml", "--size", "9")
    assert ran.code == 2
    assert "reads grey pictures of 8 × 8, and nothing else" in ran.err
