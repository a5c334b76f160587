"""Labels, listed or in a file."""

import json
import os

import pytest

from tapetum.errors import ModelError
from tapetum.models.labels import read_labels


@pytest.mark.parametrize(
    ("content", "labels"),
    [
        ("cat\ndog\n", ("cat", "dog")),
        ("\ufeffcat\r\nchien à poil\r\n\r\n \n", ("cat", "chien à poil")),
        ('["cat", "dog"]', ("cat", "dog")),
        ('{"1": "dog", "0": "cat"}', ("cat", "dog")),
        ('{"0": ["n01440764", "tench"], "1": ["n01443537", "goldfish"]}', ("tench", "goldfish")),
        ("a\x0cb\nc\u2028d\n", ("a\x0cb", "c\u2028d")),
        ("</script>\n=1+1\n", ("</script>", "=1+1")),
    ],
)
def test_files(tmp_path, content, labels):
    path = tmp_path / "labels"
    path.write_bytes(content.encode())
    assert read_labels(path) == labels
    assert read_labels(str(path)) == labels


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"cat\n\ndog\n", "Line 2 of the labels file labels is empty"),
        (b"caf\xe9\n", r"not UTF-8 \(byte 3\)"),
        (b'["cat", ', "begins like JSON"),
        (b"[" * 100_000, "begins like JSON"),
        (b'["cat", {}]', "where a label belongs"),
        (b'["cat", null]', "where a label belongs"),
        (b'{"cat": 0}', "has the key 'cat'"),
        (b'{"0": "cat", "2": "dog"}', "has 2 entries, and none for class 1"),
        (b'{"0": "cat", "00": "dog"}', "Give every class once"),
        (b"a" * (16 * 2**20 + 1), "larger than 16 MiB"),
    ],
)
def test_files_that_make_no_sense(tmp_path, content, words):
    (tmp_path / "labels").write_bytes(content)
    with pytest.raises(ModelError, match=words):
        read_labels(tmp_path / "labels")


def test_paths_that_hold_no_labels(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    for name, words in {"pipe": "no ordinary file", "absent.txt": "There is no labels file"}.items():
        with pytest.raises(ModelError, match=words):
            read_labels(tmp_path / name)


def test_labels_in_hands():
    assert read_labels(None) is None
    assert read_labels(["a", 5]) == ("a", "5")
    assert read_labels({1: "b", 0: "a"}) == ("a", "b")
    with pytest.raises(ModelError, match="none for class 0"):
        read_labels({1: "b"})


def test_imagenets_own_index(tmp_path):
    index = {str(i): [f"n{i:08}", f"label {i}"] for i in range(1000)}
    (tmp_path / "imagenet_class_index.json").write_text(json.dumps(index))
    assert read_labels(tmp_path / "imagenet_class_index.json")[999] == "label 999"
