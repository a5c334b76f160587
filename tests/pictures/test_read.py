"""Only a regular file is read, and everything else is refused at once."""

import os
import socket
import threading

import pytest

from tapetum.errors import PictureError
from tapetum.pictures import open_picture


def refused_at_once(path, words):
    """Opened in a thread, so that an open that waits for ever fails the test instead of hanging it."""
    caught = []

    def attempt():
        try:
            open_picture(path)
        except PictureError as error:
            caught.append(str(error))

    thread = threading.Thread(target=attempt, daemon=True)
    thread.start()
    thread.join(5)
    assert not thread.is_alive(), "still waiting"
    assert len(caught) == 1
    assert words in caught[0]
    assert caught[0].isprintable()


def test_pipe(tmp_path):
    os.mkfifo(tmp_path / "pipe.png")
    refused_at_once(tmp_path / "pipe.png", "pipe.png is a pipe")


def test_folder_device_and_socket(tmp_path):
    refused_at_once(tmp_path, "is a folder")
    refused_at_once("/dev/zero", "is a device")
    refused_at_once("/dev/tty", "/dev/tty")
    with socket.socket(socket.AF_UNIX) as unix:
        unix.bind(str(tmp_path / "s"))
        refused_at_once(tmp_path / "s", "is a socket")


def test_symbolic_links(tmp_path, colours, encode):
    (tmp_path / "a").symlink_to(tmp_path / "b")
    (tmp_path / "b").symlink_to(tmp_path / "a")
    refused_at_once(tmp_path / "a", "leads back to itself")
    (tmp_path / "real").write_bytes(encode(colours, "PNG"))
    (tmp_path / "link").symlink_to(tmp_path / "real")
    assert (open_picture(tmp_path / "link").pixels == colours).all()


def test_names_that_lead_nowhere(tmp_path):
    refused_at_once("cat\0.png", "NUL")
    refused_at_once("no/such/cat.png", "no/such/cat.png does not exist")
    refused_at_once("", "does not exist")
    refused_at_once("..", "is a folder")
    refused_at_once("x" * 300 + ".png", "too long")
    refused_at_once("\ud800.png", "encoding")
    (tmp_path / "file").touch()
    refused_at_once(tmp_path / "file" / "cat.png", "a part of the path is a file")
    refused_at_once("https://example.org/cat.jpg", "Download the picture first")


@pytest.mark.parametrize(
    "name",
    [
        "<img src=x onerror=alert(1)>.png",
        "<script>alert(1)<script>.png",
        "red\x1b[31m.png",
        "two\nlines.png",
        "\u202egnp.exe",
        b"latin-\xe9.png",
        "'; rm -rf ~.png",
        "…" * 80,
    ],
)
def test_real_files_with_hostile_names(tmp_path, colours, encode, name):
    path = os.path.join(tmp_path, os.fsdecode(name))
    with open(path, "wb") as file:
        file.write(encode(colours, "PNG"))
    picture = open_picture(path)
    assert (picture.pixels == colours).all()
    assert picture.name.isprintable()
    assert "/" not in picture.name


def test_no_descriptor_is_left_open(tmp_path, colours, encode):
    (tmp_path / "cat.png").write_bytes(encode(colours, "PNG"))
    os.mkfifo(tmp_path / "pipe")
    before = len(os.listdir("/proc/self/fd"))
    for _ in range(5):
        open_picture(tmp_path / "cat.png")
        with pytest.raises(PictureError):
            open_picture(tmp_path / "pipe")
    assert len(os.listdir("/proc/self/fd")) == before


def test_a_file_larger_than_allowed_is_not_read(tmp_path):
    with open(tmp_path / "huge.png", "wb") as file:
        file.truncate(300 * 1024 * 1024)
    with pytest.raises(PictureError, match="larger than 256 MiB"):
        open_picture(tmp_path / "huge.png")


def test_what_may_not_be_read(tmp_path):
    path = tmp_path / "secret.png"
    path.touch(mode=0)
    root = os.geteuid() == 0
    if root:
        tmp_path.chmod(0o755)
        os.seteuid(65534)
    try:
        with pytest.raises(PictureError, match="may not be read"):
            open_picture(path)
    finally:
        if root:
            os.seteuid(0)
