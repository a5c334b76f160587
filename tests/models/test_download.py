"""Weights that must be fetched, on a machine that cannot: in a process of its own, as the libraries read the
addresses of their servers once, when they are imported.
"""

import json
import os
import socket
import subprocess
import sys

import pytest
import safetensors.torch

from tapetum.errors import DownloadError, ModelError
from tapetum.models.download import fetching

SCRIPT = """
import json, sys, time
from tapetum.errors import TapetumError
from tapetum.models import load
found = []
for source in sys.argv[1:]:
    started = time.monotonic()
    try:
        network = load(source)
        found.append(["ok", network.source, time.monotonic() - started])
    except TapetumError as error:
        found.append([error.kind, str(error), time.monotonic() - started])
print(json.dumps(found))
"""


@pytest.fixture
def elsewhere(tmp_path, timm_resnet, nowhere):
    """Run `load` in a process whose hub does not answer, and whose cache holds timm:test_resnet alone."""
    folder = tmp_path / "hub" / "models--timm--test_resnet.r160_in1k"
    revision = "0" * 40
    snapshot = folder / "snapshots" / revision
    os.makedirs(snapshot)
    os.makedirs(folder / "refs")
    (folder / "refs" / "main").write_text(revision)
    safetensors.torch.save_file(timm_resnet().state_dict(), snapshot / "model.safetensors")

    def run(*sources, **environment):
        settings = {
            "HF_HOME": str(tmp_path),
            "HF_ENDPOINT": nowhere,
            "TORCH_HOME": str(tmp_path),
            **environment,
        }
        clean = {k: v for k, v in os.environ.items() if not k.startswith(("HF_", "HUGGINGFACE_"))}
        return subprocess.run(
            [sys.executable, "-W", "error", "-c", SCRIPT, *sources],
            env={**clean, **settings},
            capture_output=True,
            text=True,
            timeout=120,
            check=True,
        )

    return run


def test_without_a_network(elsewhere, nowhere):
    done = elsewhere("timm:resnet18", "timm:test_resnet", "timm:legacy_senet154", https_proxy=nowhere)
    assert done.stderr == ""
    (hub, cached, url) = json.loads(done.stdout)
    assert hub[0] == "download"
    assert hub[1].startswith("The weights of timm:resnet18 could not be fetched (")
    assert hub[1].endswith("or pass --random-weights / pretrained=False, or a weights file.")
    assert hub[2] < 30
    assert cached[0] == "ok"
    assert cached[1].endswith(", weights r160_in1k")
    assert url[0] == "download"
    assert url[2] < 30


def test_offline_mode_of_the_hub(elsewhere):
    done = elsewhere("timm:resnet18", HF_HUB_OFFLINE="1")
    assert done.stderr == ""
    ((kind, message, seconds),) = json.loads(done.stdout)
    assert kind == "download"
    assert "offline" in message.lower()
    assert seconds < 30


def test_settings_are_those_of_the_caller_afterwards(monkeypatch):
    monkeypatch.setenv("TORCH_FORCE_NO_WEIGHTS_ONLY_LOAD", "1")
    monkeypatch.delenv("TORCH_FORCE_WEIGHTS_ONLY_LOAD", raising=False)
    before = dict(os.environ), socket.getdefaulttimeout()
    with fetching("timm:x"):
        assert os.environ["TORCH_FORCE_WEIGHTS_ONLY_LOAD"] == "1"
        assert "TORCH_FORCE_NO_WEIGHTS_ONLY_LOAD" not in os.environ
    with pytest.raises(DownloadError, match="no route"), fetching("timm:x"):
        raise ConnectionError("no route")
    assert (dict(os.environ), socket.getdefaulttimeout()) == before


def test_damage_on_the_way_is_named():
    with pytest.raises(DownloadError, match="invalid hash value"), fetching("torchvision:x"):
        raise RuntimeError('invalid hash value (expected "f37072fd", got "e3b0c442")')
    with (
        pytest.raises(ModelError, match="could not be read: RuntimeError: size mismatch"),
        fetching("timm:x"),
    ):
        raise RuntimeError("size mismatch for fc.weight")
