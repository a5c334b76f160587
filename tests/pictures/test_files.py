"""Files are written whole or not at all."""

import os
import resource
import signal
import stat
import subprocess
import sys
import time
from io import BytesIO

import numpy as np
import pytest
from PIL import Image

from tapetum.errors import OutputError
from tapetum.pictures import png_bytes, write_atomically


def left_in(folder):
    return sorted(path.name for path in folder.iterdir())


def test_new_and_again(tmp_path):
    path = tmp_path / "report.html"
    write_atomically(path, b"first")
    write_atomically(str(path), b"second, longer")
    assert path.read_bytes() == b"second, longer"
    assert left_in(tmp_path) == ["report.html"]


@pytest.mark.parametrize(("mask", "mode"), [(0o022, 0o644), (0o077, 0o600), (0o002, 0o664)])
def test_permissions_of_a_normal_file(tmp_path, mask, mode):
    before = os.umask(mask)
    try:
        write_atomically(tmp_path / "a", b"x")
    finally:
        os.umask(before)
    assert stat.S_IMODE((tmp_path / "a").stat().st_mode) == mode


def test_a_symbolic_link_stays_one(tmp_path):
    (tmp_path / "real").write_bytes(b"old")
    (tmp_path / "link").symlink_to("real")
    write_atomically(tmp_path / "link", b"new")
    assert (tmp_path / "link").is_symlink()
    assert (tmp_path / "real").read_bytes() == b"new"


def test_the_longest_name_that_the_system_allows(tmp_path):
    write_atomically(tmp_path / ("x" * 255), b"x")
    with pytest.raises(OutputError, match="too long"):
        write_atomically(tmp_path / ("x" * 256), b"x")
    assert left_in(tmp_path) == ["x" * 255]


def test_what_cannot_be_written(tmp_path):
    (tmp_path / "file").write_bytes(b"old")
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "a").symlink_to("b")
    (tmp_path / "b").symlink_to("a")
    before = left_in(tmp_path)
    for path, words in [
        (tmp_path / "no" / "such" / "folder.png", "folder does not exist. Make the folder first"),
        (tmp_path / "file" / "x.png", "a part of the path is a file"),
        (tmp_path, "it is a folder"),
        (tmp_path / "pipe", "not an ordinary file"),
        (tmp_path / "a", "not an ordinary file"),
        ("/dev/null", "not an ordinary file"),
        ("nul\0.png", "NUL"),
        ("\ud800.png", "encoding"),
    ]:
        with pytest.raises(OutputError, match=words) as caught:
            write_atomically(path, b"x")
        assert str(caught.value).isprintable()
    assert left_in(tmp_path) == before
    assert stat.S_ISCHR(os.stat("/dev/null").st_mode)


def test_no_permission(tmp_path):
    tmp_path.chmod(0o555)
    root = os.geteuid() == 0
    if root:
        os.seteuid(65534)
    try:
        with pytest.raises(OutputError, match="no permission"):
            write_atomically(tmp_path / "a", b"x")
    finally:
        if root:
            os.seteuid(0)
        tmp_path.chmod(0o755)


def test_no_room_leaves_the_old_file(tmp_path):
    path = tmp_path / "a"
    path.write_bytes(b"old")
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, hard))
    try:
        with pytest.raises(OutputError, match="larger than allowed"):
            write_atomically(path, bytes(1_000_000))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert path.read_bytes() == b"old"
    assert left_in(tmp_path) == ["a"]


def test_ctrl_c_leaves_the_old_file_and_nothing_else(tmp_path):
    path = tmp_path / "a"
    path.write_bytes(b"old")
    code = (
        "import sys; from tapetum.pictures import write_atomically\n"
        "data = bytes(300_000_000); print('ready', flush=True); write_atomically(sys.argv[1], data)"
    )
    writing = subprocess.Popen(
        [sys.executable, "-c", code, path], stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    writing.stdout.readline()
    deadline = time.monotonic() + 10
    while len(left_in(tmp_path)) == 1 and writing.poll() is None and time.monotonic() < deadline:
        time.sleep(0.001)
    writing.send_signal(signal.SIGINT)
    _, error = writing.communicate(timeout=60)
    assert left_in(tmp_path) == ["a"]
    if writing.returncode != 0:
        assert b"KeyboardInterrupt" in error
        assert path.read_bytes() == b"old"
    else:  # the disk was faster than the signal
        assert path.stat().st_size == 300_000_000


@pytest.mark.parametrize("shape", [(4, 5), (4, 5, 3), (4, 5, 4)])
def test_png_bytes(shape):
    values = np.random.default_rng(0).integers(0, 256, shape, dtype=np.uint8)
    assert (np.asarray(Image.open(BytesIO(png_bytes(values[::-1])))) == values[::-1]).all()
