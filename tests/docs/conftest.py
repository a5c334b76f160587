"""What the tests of the documentation share."""

import importlib
from pathlib import Path
from types import ModuleType

import pytest

import tapetum

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="session")
def root() -> Path:
    """The folder of the checkout."""
    return ROOT


@pytest.fixture(scope="session")
def written() -> dict[str, str]:
    """Every page of the documentation by its place in the checkout."""
    tops = [ROOT / name for name in ("README.md", "CONTRIBUTING.md", "CHANGELOG.md")]
    found = [*tops, *sorted((ROOT / "docs").rglob("*.md"))]
    return {page.relative_to(ROOT).as_posix(): page.read_text("utf-8") for page in found}


@pytest.fixture(scope="session")
def generate() -> ModuleType:
    """`docs/generate.py`, which is no part of the package."""
    return importlib.import_module("docs.generate")


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder that a reader works in: a photograph, a folder of two, and a cache of its own."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("TAPETUM_CACHE", str(tmp_path / "cache"))
    tapetum.sample("cat").save("photo.jpg")
    (tmp_path / "photos").mkdir()
    for name in ("coffee", "rocket"):
        tapetum.sample(name).save(tmp_path / "photos" / f"{name}.jpg")
    return tmp_path
