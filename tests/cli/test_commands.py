"""The commands as a person uses them, on the embedded network and real photographs."""

import json
import os
import pty
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from terminal import command, read_until

from tapetum import sample


def test_explain_the_sample_cat(run, tmp_path: Path) -> None:
    ran = run("explain")
    assert ran.code == 0, ran.err
    lines = ran.out.splitlines()
    assert lines[0] == "cat"
    assert [line.split("━ ")[-1].split("  ")[0].strip() for line in lines[1:4]]
    for line, (label, probability) in zip(
        lines[1:4], [("Egyptian cat", 38), ("tiger cat", 33), ("tabby", 16)], strict=True
    ):
        assert label in line
        assert abs(float(line.split("%")[0]) - probability) < 2
    assert "▸ Grad-CAM, Egyptian cat: 80 % of the positive evidence" in ran.out
    assert "Report: tapetum-report.html" in ran.out
    assert (tmp_path / "tapetum-report.html").stat().st_size < 3_000_000
    assert [path.name for path in tmp_path.iterdir()] == ["tapetum-report.html"]


def test_explain_several_pictures_methods_and_targets(run, tmp_path: Path) -> None:
    (tmp_path / "photos").mkdir()
    for name in ("coffee", "rocket"):
        sample(name).save(tmp_path / "photos" / f"{name}.png")
    (tmp_path / "photos" / "notes.txt").write_text("no picture")
    ran = run(
        *("explain", "photos", "sample:cat", "--target", "285", "--target", "Egyptian cat - tabby"),
        *("--method", "gradcam:layer=blocks.4", "--method", "saliency:reduction=sum", "--output", "r.html"),
        "--json",
    )
    assert ran.code == 0, ran.err
    document = json.loads(ran.out)
    assert document["report"] == "r.html"
    assert [picture["name"] for picture in document["pictures"]] == ["coffee.png", "rocket.png", "cat"]
    assert document["pictures"][0]["classes"][0]["label"] == "espresso"
    for picture in document["pictures"]:
        shown = [(m["method"], m["layer"], m["target"]["label"]) for m in picture["maps"]]
        assert shown == [
            ("gradcam", "blocks.4", "Egyptian cat"),
            ("saliency", None, "Egyptian cat"),
            ("gradcam", "blocks.4", "Egyptian cat − tabby"),
            ("saliency", None, "Egyptian cat − tabby"),
        ]
    assert (tmp_path / "r.html").exists()


def test_json_writes_no_report_unless_asked(run, tmp_path: Path) -> None:
    ran = run("explain", "--json", "--method", "gradcam")
    assert json.loads(ran.out)["report"] is None
    assert list(tmp_path.iterdir()) == []


def test_explain_on_trial(run) -> None:
    ran = run("explain", "sample:coffee", "--method", "gradcam", "--faithful", "--size", "64", "--json")
    assert ran.code == 0, ran.err
    (heatmap,) = json.loads(ran.out)["pictures"][0]["maps"]
    assert heatmap["faithfulness"]["hiding"].startswith("Hiding what this map marks lowers the score")
    assert set(heatmap["faithfulness"]["controls"]) == {"random", "edges", "centre"}
    ran = run("explain", "sample:coffee", "--method", "gradcam", "--faithful", "--size", "64")
    assert heatmap["faithfulness"]["hiding"] in ran.out


def test_compare(run, tmp_path: Path) -> None:
    arguments = ("compare", "sample:cat", "sample:coffee", "--size", "64", "--methods", "saliency,gradcam")
    ran = run(*arguments, "--output", "table.csv")
    assert ran.code == 0, ran.err
    for words in (
        "saliency ",
        "gradcam ",
        "random ",
        "Deletion ↓",
        "Randomisation ↓",
        "punishes",
        "relevance-mass",
        "Table: ",
    ):
        assert words in ran.out, words
    assert (tmp_path / "table.csv").read_text().startswith("key,kind,title")
    assert [path.name for path in tmp_path.iterdir()] == ["table.csv"]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--methods", "gradcamm"], "gradcam"),
        (["--quality", "best"], "quality"),
        (["--output", "table.pdf"], ".json or .csv"),
        (["--target", "unicorn"], "unicorn"),
    ],
)
def test_compare_refuses(run, tmp_path: Path, arguments: list[str], words: str) -> None:
    ran = run("compare", "sample:cat", *arguments)
    assert ran.code == 2
    assert words in ran.err
    assert ran.err.count("\n") == 1
    assert list(tmp_path.iterdir()) == []


def test_predict_many(run, tmp_path: Path) -> None:
    for place in range(18):
        sample("coffee").save(tmp_path / f"{place:02}.png")
    ran = run("predict", ".", "--top", "1", "--json")
    document = json.loads(ran.out)
    assert len(document["pictures"]) == 18
    assert {p["classes"][0]["label"] for p in document["pictures"]} == {"espresso"}


def test_layers_as_a_tree_and_as_json(run) -> None:
    ran = run("layers")
    assert ran.code == 0
    assert "851×851" in ran.out
    assert "4 652 008 weights" in ran.out
    document = json.loads(run("layers", "--json").out)
    last = next(layer for layer in document["layers"] if layer["name"] == "bn2")
    assert last["shape"] == [1280, 7, 7]
    assert last["stride"] == [32, 32]


def test_methods_and_models(run) -> None:
    assert "Selvaraju" in json.dumps(json.loads(run("methods", "--json").out))
    assert "gradcam" in run("methods").out
    assert "torchvision:vgg16" in run("models", "vgg16").out
    ran = run("models", "no-such-network")
    assert ran.code == 2
    assert ran.err.startswith("tapetum: ")


@pytest.mark.parametrize(
    ("model", "size"),
    [
        *((f"torchvision:{name}", None) for name in ("resnet18", "squeezenet1_1", "shufflenet_v2_x1_0")),
        *((f"torchvision:{name}", None) for name in ("mobilenet_v3_small", "googlenet", "densenet121")),
        ("timm:regnety_002", None),
        ("timm:mobilenetv4_conv_small", "160"),
        ("timm:convnextv2_atto", "96x128"),
    ],
)
def test_random_weights(run, model: str, size: str | None) -> None:
    options = [] if size is None else ["--size", size]
    ran = run("explain", "sample:cat", "--model", model, "--random-weights", "--json", *options)
    assert ran.code == 0, ran.err
    document = json.loads(ran.out)
    assert document["network"]["classes"] == 1000
    assert [m["method"] for m in document["pictures"][0]["maps"]] == ["gradcam", "saliency"]


def test_a_factory_of_your_own(run, tmp_path: Path) -> None:
    (tmp_path / "digits_net.py").write_text(
        "from torch import nn\n"
        "def build():\n"
        "    stem = [nn.Conv2d(1, 4, 3), nn.ReLU(), nn.AdaptiveAvgPool2d(1), nn.Flatten()]\n"
        "    return nn.Sequential(*stem, nn.Linear(4, 2))\n"
    )
    arguments = ("predict", "sample:cat", "--model", "digits_net:build", "--trust-code", "--size", "28")
    ran = run(*arguments, "--channels", "1", "--json")
    assert ran.code == 0, ran.err
    assert json.loads(ran.out)["network"]["input"] == [1, 28, 28]


def _command(*arguments: str, **options: object) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        command(*arguments),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        **options,  # type: ignore[call-overload]
    )


def test_help_and_version_load_nothing_heavy() -> None:
    code = (
        "import sys\n"
        "from tapetum.cli import main\n"
        "try:\n    main(['--help'])\nexcept SystemExit as end:\n    assert end.code == 0\n"
        "heavy = {'torch', 'timm', 'torchvision', 'numpy', 'PIL', 'skimage'} & set(sys.modules)\n"
        "assert not heavy, heavy\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True, capture_output=True)
    with _command("--version") as process:
        out, _ = process.communicate()
    assert out.startswith("tapetum ")
    assert process.returncode == 0


def test_ctrl_c_while_loading_ends_with_130(tmp_path: Path) -> None:
    with _command("explain", cwd=tmp_path, start_new_session=True) as process:
        time.sleep(1.5)
        os.killpg(process.pid, signal.SIGINT)
        _, err = process.communicate(timeout=60)
    assert process.returncode == 130, err
    assert "Traceback" not in err
    assert not [path for path in tmp_path.iterdir() if path.suffix != ".html"]


def test_ctrl_c_keeps_what_is_done(tmp_path: Path) -> None:
    """On a terminal: a bar, then a report of whole batches, and nothing half-written."""
    for place in range(40):
        sample("coffee").save(tmp_path / f"{place:02}.png")
    terminal, side = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-m", "tapetum", "explain", ".", "--method", "saliency", "--output", "report.html"],
        cwd=tmp_path,
        stdout=subprocess.DEVNULL,
        stderr=side,
        start_new_session=True,
    )
    os.close(side)
    shown = read_until(terminal, b"Explaining")
    os.killpg(process.pid, signal.SIGINT)
    shown += read_until(terminal, b"pictures were explained")
    os.close(terminal)
    assert process.wait(timeout=120) == 130, shown
    done = re.search(rb"Interrupted: (\d+) of 40 pictures", shown)
    assert done
    assert 0 < int(done[1]) < 40
    assert int(done[1]) % 8 == 0
    assert (tmp_path / "report.html").read_text().rstrip().endswith("</html>")
    assert {path.suffix for path in tmp_path.iterdir()} == {".png", ".html"}


def test_a_reader_that_goes_away_is_no_error() -> None:
    with _command("models") as process:
        assert process.stdout is not None
        process.stdout.readline()
        process.stdout.close()
        assert process.stderr is not None
        err = process.stderr.read()
        process.wait(timeout=120)
    assert process.returncode == 0
    assert err == ""
