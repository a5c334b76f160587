"""`--json` through the real command: one document on stdout, of the published schema, and nothing else."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import torch

import tapetum
from tapetum import errors
from tapetum.cli import main

ROOT = Path(__file__).parents[2]
SCHEMAS = {
    path.name.removesuffix(".schema.json"): json.loads(path.read_text("utf-8"))
    for path in sorted((ROOT / "docs" / "json").glob("*.schema.json"))
}
SMALL = ["--model", "timm:mobilenetv4_conv_small", "--random-weights"]
TINY = ["--size", "64"]
HOSTILE = "<img src=x>.jpg"
EXPLAIN = [
    *("explain", HOSTILE, "sample:flower", "--target", "tabby - tiger cat", "--target", "285", "--top", "3"),
    *("--method", "saliency:reduction=sum", "--method", "gradcam:layer=blocks.5", "-o", "r.html", "--json"),
    *("--faithful", "--evidence"),
]
PROCESSES = {
    "explain": EXPLAIN,
    "lessons": ["lesson", "--json"],
    "methods": ["methods", "--json"],
    "models": ["models", "--json", "resnet18"],
    "error": ["predict", "nothing.jpg", "--json"],
}
SHARED = {
    "compare": [
        "compare",
        "photo.jpg",
        "sample:rocket",
        "--json",
        "--methods",
        "saliency,gradcam",
        *SMALL,
        *TINY,
    ],
    "attack": [
        *("attack", "photo.jpg", "sample:rocket", "--json", "--steps", "2", "--up-to", "2", "-o", "fooled"),
        *("--also", "lite0", *SMALL, *TINY),
    ],
    "pareidolia": ["pareidolia", "photo.jpg", "--json", "--grid", "2,3", "--repetitions", "2", *SMALL, *TINY],
    "evaluate": ["evaluate", "timm:mobilenetv4_conv_small", "known", "--json", *SMALL[2:], *TINY],
    "journey": ["journey", "photo.jpg", "--json", "--layer", "all", "--strongest", "2", *SMALL, *TINY],
    "predict": ["predict", "photo.jpg", "sample:rocket", "--json", "--top", "2", *SMALL],
    "layers": ["layers", "--json", *SMALL],
    "lesson": ["lesson", "fooled", "--json"],
    "arithmetic": [
        "arithmetic",
        "photo.jpg",
        "-l",
        "conv_stem",
        "-c",
        "3",
        "--at",
        "0,1",
        "--json",
        *SMALL,
        *TINY,
    ],
    "receptive-field": ["receptive-field", "photo.jpg", "-l", "blocks.1", "--json", *SMALL, *TINY],
    "evidence": ["evidence", "photo.jpg", "--json", *SMALL, *TINY],
    "examples": [
        *("examples", "photos", "sample:cat", "--layer", "blocks.1", "--top", "2", "--json", *SMALL, *TINY),
    ],
    "dream": [
        *("dream", "photo.jpg", "--side", "48", "--octaves", "1", "--steps", "1", "--json", *SMALL, *TINY),
    ],
    "film": ["film", "film.npz", "--json"],
    "train": ["train", "digits", "--epochs", "1", "--batch", "256", "--json"],
    "visualise": ["visualise", "class:tabby", "blocks.3:4@1,1", "--steps", "2", "--json", *SMALL, *TINY],
}
BAD: dict[str, tuple[str, list[str]]] = {
    "no such option": ("usage", ["explain", "--json", "--bogus"]),
    "no such command": ("usage", ["explian", "--json"]),
    "no picture named": ("usage", ["predict", "--json"]),
    "no picture inside": ("picture", ["explain", "page.jpg", "--json"]),
    "an empty folder": ("picture", ["predict", "empty", "--json"]),
    "an empty folder of examples": ("picture", ["examples", "empty", "--json"]),
    "no such layer of examples": ("layer", ["examples", "photo.jpg", "--layer", "layer9", "--json", *SMALL]),
    "an objective that cannot be read": (
        "objective",
        ["dream", "photo.jpg", "--objective", "layer9", "--json", *SMALL],
    ),
    "no such model": ("model", ["layers", "--model", "timm:resnet81", "--json"]),
    "a design that cannot be read": ("design", ["layers", "--model", "broken.toml", "--json"]),
    "code without trust": ("trust", ["layers", "--model", "os:getcwd", "--json"]),
    "no such layer": ("layer", ["explain", "--method", "gradcam:layer=layer9", "--json", *SMALL]),
    "no such layer on the way": ("layer", ["journey", "--layer", "layer9", "--json", *SMALL]),
    "no such film": ("data", ["film", "nothing.npz", "--json"]),
    "no place to draw": ("output", ["journey", "--output", "journey.gif", "--json"]),
    "no such class": ("target", ["explain", "--target", "unicorn", "--json", *SMALL]),
    "no such attack": ("method", ["attack", "photo.jpg", "--method", "pdg", "--json"]),
    "no budget": ("method", ["attack", "photo.jpg", "--epsilon", "0", "--json"]),
    "no such unit": ("objective", ["visualise", "class:unicorn", "--json", *SMALL]),
    "no such data": ("data", ["train", "lions", "--json"]),
    "no such lesson": ("lesson", ["lesson", "foled", "--json"]),
    "no such method": ("method", ["explain", "--method", "gradcm", "--json", *SMALL]),
    "no such channel": (
        "layer",
        ["arithmetic", "sample:cat", "-l", "blocks", "-c", "9999", "--at", "0,0", "--json", *SMALL],
    ),
    "no position": ("layer", ["receptive-field", "sample:cat", "-l", "blocks", "--at", "one", "--json"]),
    "no such width": ("usage", ["evidence", "--width", "99", "--json"]),
    "no data to score on": ("data", ["evaluate", "lite0", "nothing", "--json"]),
    "no such suffix": ("output", ["evidence", "--output", "tree.gif", "--json"]),
    "no place to write": ("output", ["explain", "--output", "no/report.html", "--json"]),
}


@pytest.fixture(scope="module")
def done(tmp_path_factory: pytest.TempPathFactory) -> dict[str, subprocess.CompletedProcess[str]]:
    """Every command of PROCESSES, each in a process of its own, two at a time."""
    desk = tmp_path_factory.mktemp("desk")
    tapetum.sample("cat").image.save(desk / HOSTILE)
    program = shutil.which("tapetum", path=str(Path(sys.executable).parent))
    assert program is not None, "the command `tapetum` is not installed beside this Python"
    around = os.environ | {"PYTHONPATH": str(ROOT / "src"), "TAPETUM_CACHE": str(desk / "cache")}
    around |= {"OMP_NUM_THREADS": "1", "FORCE_COLOR": "1"}

    def run(arguments: list[str]) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [program, *arguments], cwd=desk, env=around, capture_output=True, encoding="utf-8", check=False
        )

    with ThreadPoolExecutor(2) as pool:
        return dict(zip(PROCESSES, pool.map(run, PROCESSES.values()), strict=True))


@pytest.fixture
def ended(
    desk: Path, capfd: pytest.CaptureFixture[str]
) -> Callable[[list[str]], tuple[int | str | None, str, str]]:
    """Run the command in this process, and read what it wrote to the descriptors: code, stdout, stderr."""
    (desk / "page.jpg").write_text("<html>")
    tapetum.Film(torch.nn.Conv2d(1, 2, 3)).save(desk / "film.npz")
    (desk / "broken.toml").write_text("size = [8,,]")
    (desk / "empty").mkdir()
    for name in ("Egyptian cat", "espresso"):
        (desk / "known" / name).mkdir(parents=True)
        (desk / "known" / name / "photo.jpg").write_bytes((desk / "photo.jpg").read_bytes())

    def run(arguments: list[str]) -> tuple[int | str | None, str, str]:
        with pytest.raises(SystemExit) as end:
            main(arguments)
        return end.value.code, *capfd.readouterr()

    return run


@pytest.mark.parametrize("name", PROCESSES)
def test_stdout_of_a_process_is_one_document_of_its_schema(
    name: str, done: dict[str, subprocess.CompletedProcess[str]]
) -> None:
    assert (done[name].returncode, done[name].stderr) == (2 if name == "error" else 0, "")
    jsonschema.Draft202012Validator(SCHEMAS[name]).validate(json.loads(done[name].stdout))


@pytest.mark.parametrize("name", SHARED)
def test_stdout_is_one_document_of_its_schema(
    name: str, ended: Callable[[list[str]], tuple[int | str | None, str, str]]
) -> None:
    code, out, err = ended(SHARED[name])
    assert (code, err) == (0, "")
    jsonschema.Draft202012Validator(SCHEMAS[name]).validate(json.loads(out))


@pytest.mark.parametrize("name", BAD)
def test_an_error_is_one_document_with_its_kind(
    name: str, ended: Callable[[list[str]], tuple[int | str | None, str, str]]
) -> None:
    kind, arguments = BAD[name]
    code, out, err = ended(arguments)
    assert (code, err) == (2, "")
    document = json.loads(out)
    jsonschema.Draft202012Validator(SCHEMAS["error"]).validate(document)
    assert document["error"]["kind"] == kind


def test_what_was_asked_for_is_in_the_document(done: dict[str, subprocess.CompletedProcess[str]]) -> None:
    found = json.loads(done["explain"].stdout)
    assert [picture["name"] for picture in found["pictures"]] == [HOSTILE, "flower"]
    assert [len(picture["classes"]) for picture in found["pictures"]] == [3, 3]
    maps = found["pictures"][0]["maps"]
    assert [(m["method"], m["layer"], m["target"]["indices"]) for m in maps] == [
        ("saliency", None, [281, 282]),
        ("gradcam", "blocks.5", [281, 282]),
        ("saliency", None, [285]),
        ("gradcam", "blocks.5", [285]),
    ]
    assert maps[0]["options"] == {"reduction": "sum"}
    assert [path["target"]["indices"] for path in found["pictures"][1]["evidence"]] == [[281, 282], [285]]
    assert found["report"] == "r.html"


def test_every_schema_belongs_to_a_command() -> None:
    assert set(SCHEMAS) == set(PROCESSES) | set(SHARED)
    for name, schema in SCHEMAS.items():
        jsonschema.Draft202012Validator.check_schema(schema)
        assert schema["properties"]["schema"] == {"const": f"tapetum-{name}/1"}


@pytest.mark.parametrize("name", SCHEMAS)
def test_schemas_leave_nothing_open(name: str) -> None:
    for part in objects(SCHEMAS[name]):
        if "properties" in part:
            assert part["additionalProperties"] is False
            assert sorted(part["required"]) == sorted(part["properties"])
        else:
            assert "type" in part["additionalProperties"], "a map from names has a type for its values"


def test_what_two_schemas_share_is_the_same() -> None:
    explain, predict = SCHEMAS["explain"]["$defs"], SCHEMAS["predict"]["$defs"]
    assert {key: explain[key] for key in predict} == predict


def test_every_kind_of_error_is_in_the_schema() -> None:
    kinds = {k.kind for k in vars(errors).values() if isinstance(k, type)} - {"error"}
    assert kinds | {"usage"} == set(SCHEMAS["error"]["properties"]["error"]["properties"]["kind"]["enum"])


def objects(part: Any) -> Iterator[dict[str, Any]]:
    """Every description of a JSON object inside a schema."""
    if isinstance(part, dict):
        if part.get("type") == "object":
            yield part
        for value in part.values():
            yield from objects(value)
    elif isinstance(part, list):
        for value in part:
            yield from objects(value)
