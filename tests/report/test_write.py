"""The report's file: what is in it, and what can never run in it."""

import base64
import hashlib
import json
import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

import tapetum
from tapetum.errors import InternalError, OutputError
from tapetum.report.document import report_document
from tapetum.report.write import filled, report_html

TEMPLATE = (
    '<meta http-equiv="Content-Security-Policy" content="__TAPETUM_CSP__"><style>p{}</style>'
    '<script type="application/json" id="tapetum-data">__TAPETUM_DATA__</script>'
    '<script type="module">run()</script>'
)
HOSTILE = "</script><img src=x onerror=alert(1)>\u2028\u2029\u202e&amp;\ud800"


@pytest.fixture(scope="module")
def explanation() -> tapetum.Explanation:
    net = tapetum.load("lite0")
    return tapetum.explain(net, [tapetum.sample("cat"), tapetum.sample("rocket")], targets=[None, "leopard"])


def _data(page: str) -> dict[str, object]:
    found = re.search(r'id="tapetum-data">(.*?)</script>', page, re.DOTALL)
    assert found
    return json.loads(found[1])


def test_data_cannot_leave_its_element() -> None:
    page = filled(TEMPLATE, {"name": HOSTILE})
    assert "<img" not in page
    assert "\u2028" not in page
    assert page.count("</script>") == 2
    assert _data(page)["name"] == HOSTILE.replace("\ud800", "?")


def test_the_policy_allows_exactly_what_was_built() -> None:
    page = filled(TEMPLATE, {})
    digest = base64.b64encode(hashlib.sha256(b"run()").digest()).decode()
    assert f"script-src 'sha256-{digest}'" in page
    assert "default-src 'none'" in page
    assert "unsafe" not in page


def test_values_arrive_as_they_were(explanation: tapetum.Explanation) -> None:
    document = json.loads(json.dumps(report_document(explanation), allow_nan=False))
    for place, picture in enumerate(document["pictures"]):
        for shown, heatmap in zip(picture["maps"], explanation.heatmaps, strict=True):
            values = np.frombuffer(base64.b64decode(shown["values"]), "<f4")
            assert np.array_equal(values, heatmap.values[place].numpy().ravel())
            assert shown["sentence"] == heatmap.sentences()[place]
            assert heatmap.targets[place].label not in shown["sentence"]
        for shown, stage in zip(picture["stages"], explanation.stages[place], strict=True):
            levels = np.frombuffer(base64.b64decode(shown["values"]), np.int8)
            back = levels / 127 * shown["scale"]
            assert np.abs(back - stage.values.ravel()).max() <= shown["scale"] / 254 + 1e-6
        assert len({m["id"] for m in picture["maps"]}) == len(picture["maps"])


def test_the_real_page_is_small_and_whole(explanation: tapetum.Explanation, tmp_path: Path) -> None:
    path = explanation.save(tmp_path / "report.html")
    page = path.read_text()
    assert path.stat().st_size < 2 * 3_000_000
    assert "__TAPETUM" not in page
    assert "http://" not in re.sub(r"http://www\.w3\.org/\d+/\w+", "", page)
    assert _data(page)["schema"] == "tapetum-report/1"
    assert "srcdoc=" in explanation._repr_html_()


def test_a_hostile_name_and_label_stay_text(explanation: tapetum.Explanation) -> None:
    picture = replace(explanation.pictures[0], name=HOSTILE, notes=(HOSTILE,))
    page = report_html(replace(explanation, pictures=(picture, explanation.pictures[1])))
    assert "onerror=alert(1)>" not in page


def test_places_that_cannot_be_written(explanation: tapetum.Explanation, tmp_path: Path) -> None:
    with pytest.raises(OutputError, match="nowhere"):
        explanation.save(tmp_path / "nowhere" / "report.html")
    (tmp_path / "folder.html").mkdir()
    with pytest.raises(OutputError):
        explanation.save(tmp_path / "folder.html")
    assert [path.name for path in tmp_path.iterdir()] == ["folder.html"]


def test_not_a_number_never_reaches_a_report() -> None:
    with pytest.raises(ValueError, match="JSON compliant"):
        filled(TEMPLATE, {"score": float("nan")})
    assert issubclass(InternalError, tapetum.TapetumError)
