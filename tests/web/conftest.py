"""A report's document made by hand, put into the built page, opened from disk in a real Chromium."""

import base64
import hashlib
import io
import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from chromium import ROOT
from PIL import Image
from skimage import data, filters, transform

TEMPLATE = ROOT / "src" / "tapetum" / "report" / "static" / "report.html"
Json = dict[str, Any]


@pytest.fixture(scope="session")
def template() -> str:
    if not TEMPLATE.is_file():
        pytest.fail(f"{TEMPLATE} is missing: build the page with `npm ci && npm run build` in web/.")
    return TEMPLATE.read_text(encoding="utf-8")


@pytest.fixture
def write_report(template: str, tmp_path: Path) -> Callable[[Json], Path]:
    def write(document: Json) -> Path:
        path = tmp_path / "report.html"
        path.write_text(filled(template, document), encoding="utf-8")
        return path

    return write


def filled(template: str, document: Json) -> str:
    """The template with its data and its policy, as the report's writer fills it."""
    hashes = {
        tag: " ".join(
            f"'sha256-{base64.b64encode(hashlib.sha256(body.encode()).digest()).decode()}'"
            for body in re.findall(pattern, template, re.DOTALL)
        )
        for tag, pattern in {
            "script": r'<script type="module">(.*?)</script>',
            "style": r"<style>(.*?)</style>",
        }.items()
    }
    policy = (
        f"default-src 'none'; script-src {hashes['script']}; style-src {hashes['style']}; "
        "img-src data: blob:; font-src data:; base-uri 'none'; form-action 'none'"
    )
    text = json.dumps(document, ensure_ascii=False)
    for sign in "<>&\u2028\u2029":
        text = text.replace(sign, f"\\u{ord(sign):04x}")
    return template.replace("__TAPETUM_CSP__", policy).replace("__TAPETUM_DATA__", text)


@pytest.fixture
def document() -> Json:
    """Two methods by two targets and a difference, on the cat, then the astronaut with one map."""
    return {
        "schema": "tapetum-report/1",
        "tapetum": "0.1.0",
        "created": "2026-01-31T12:00:00Z",
        "versions": {"python": "3.11.2", "torch": "2.13.0", "timm": "1.0.24", "numpy": "2.4.6"},
        "network": {
            "name": "lite0",
            "source": "lite0",
            "classes": 1000,
            "parameters": 4652008,
            "input": [3, 224, 224],
            "fingerprint": hashlib.sha256(b"lite0").hexdigest(),
            "engine": "torch",
            "device": "cpu",
            "precision": "float32",
            "preparation": "The shorter side is brought to 224 pixels (bicubic), the centre square of 224 is "
            "cut out, and each colour has 0.5 taken away and is divided by 0.5.",
        },
        "pictures": [cat(), astronaut()],
    }


def cat() -> Json:
    photograph = data.chelsea()[:, 75:375]
    classes = [
        (285, "Egyptian cat", 0.3851, 9.318),
        (282, "tiger cat", 0.3324, 9.171),
        (281, "tabby", 0.1631, 8.459),
        (287, "lynx", 0.0342, 6.897),
        (728, "plastic bag", 0.0004, 4.128),
    ]
    egyptian, tiger = one_class(*classes[0][:2]), one_class(*classes[1][:2])
    against = {"label": "Egyptian cat − tiger cat", "indices": [285, 282], "kind": "difference"}
    head = "blocks.6.0"
    edges = transform.resize(np.abs(filters.sobel(photograph.mean(axis=2))), (224, 224))
    return {
        "name": "chelsea.png",
        "notes": ["The file has no colour profile; its numbers were taken as sRGB."],
        "source_size": [300, 451],
        "crop": {"top": 0, "left": 75, "rows": 300, "columns": 300},
        "image": data_url(photograph),
        "prediction": scores(classes),
        "maps": [
            heatmap("gradcam", "Grad-CAM", egyptian, face(7, 0.0) * 3.1, 9.318, head),
            heatmap("gradcam", "Grad-CAM", tiger, face(7, 0.35) * 2.2 - 0.25, 9.171, head),
            heatmap("gradcam", "Grad-CAM", against, face(7, 0.6) * 1.9 - 0.7, 0.147, head),
            heatmap("layercam", "Layer-CAM", egyptian, face(14, 0.1) * 0.8, 9.318, "blocks.4.2"),
            heatmap("layercam", "Layer-CAM", tiger, -np.abs(face(14, 0.2)) - 0.01, 9.171, "blocks.4.2"),
            heatmap("layercam", "Layer-CAM", against, np.zeros((14, 14)), 0.147, "blocks.4.2"),
            heatmap(
                "integrated-gradients",
                "Integrated gradients",
                egyptian,
                edges * face(224, 0.1) * 0.05 + speckle(224) * edges * 0.01,
                9.318,
                None,
                options={"steps": 64, "baseline": "black", "rule": "gauss-legendre"},
                residual=-0.00021,
                passes="64 (F + B)",
                seconds=3.71,
            ),
            heatmap(
                "occlusion",
                "Occlusion",
                egyptian,
                face(25, 0.05) * 2.4 - 0.15,
                9.318,
                None,
                options={"window": 32, "stride": 8},
                passes="625 F",
                seconds=6.2,
                engine="openvino",
            ),
            heatmap(
                "occlusion",
                "Occlusion",
                tiger,
                face(25, 0.4) * 1.4 - 0.3,
                9.171,
                None,
                options={"window": 32, "stride": 8},
                passes="625 F",
                seconds=6.2,
                engine="openvino",
            ),
        ],
        "stages": stages(photograph),
        "journey": None,
        "evidence": [],
    }


def astronaut() -> Json:
    photograph = data.astronaut()
    classes = [
        (652, "military uniform", 0.61, 8.2),
        (842, "swimming trunks", 0.05, 5.7),
        (614, "kimono", 0.04, 5.4),
    ]
    target = one_class(*classes[0][:2])
    return {
        "name": "astronaut.png",
        "notes": [],
        "source_size": [512, 512],
        "crop": {"top": 0, "left": 0, "rows": 512, "columns": 512},
        "image": data_url(photograph),
        "prediction": scores(classes),
        "maps": [heatmap("gradcam", "Grad-CAM", target, face(7, 0.2), 8.2, "blocks.6.0")],
        "stages": stages(photograph),
        "journey": None,
        "evidence": [],
    }


def one_class(index: int, label: str) -> Json:
    return {"label": label, "indices": [index], "kind": "class"}


def scores(classes: list[tuple[int, str, float, float]]) -> list[Json]:
    return [dict(zip(("index", "label", "probability", "logit"), row, strict=True)) for row in classes]


def heatmap(
    method: str,
    title: str,
    target: Json,
    values: np.ndarray,
    score: float,
    layer: str | None,
    *,
    options: Json | None = None,
    residual: float | None = None,
    passes: str = "1 F + 1 b",
    seconds: float = 0.021,
    engine: str = "torch",
) -> Json:
    values = np.asarray(values, "<f4")
    verdict = "map" if (values > 0).any() else "negative" if values.any() else "zero"
    sentence = {
        "map": "82 % of the positive evidence lies in this box, on 31 % of the picture.",
        "negative": f"There is no positive evidence for this target in {layer}.",
        "zero": f"The map is zero everywhere: nothing in {layer} tells the two apart.",
    }[verdict]
    return {
        "id": f"{method}-{'-'.join(map(str, target['indices']))}",
        "method": method,
        "title": title,
        "target": target,
        "layer": layer,
        "options": options or {},
        "score": score,
        "residual": residual,
        "signed": bool((values < 0).any()),
        "quantity": "evidence",
        "rows": values.shape[0],
        "columns": values.shape[1],
        "values": base64.b64encode(values.tobytes()).decode(),
        "box": {"top": 0.16, "left": 0.1, "bottom": 0.86, "right": 0.9} if verdict == "map" else None,
        "sentence": sentence,
        "verdict": verdict,
        "passes": passes,
        "seconds": seconds,
        "engine": engine,
        "faithfulness": None,
    }


def face(side: int, shift: float) -> np.ndarray:
    """Evidence on the cat's eyes and nose, a little against it in the corners."""
    row, column = np.mgrid[0:side, 0:side] / (side - 1)
    spots = [(0.36, 0.3, 0.14, 1.0 - shift), (0.36, 0.86, 0.12, 0.8), (0.72, 0.55, 0.16, 0.55 + shift)]
    lit = sum(w * np.exp(-((row - r) ** 2 + (column - c) ** 2) / (2 * s * s)) for r, c, s, w in spots)
    return lit - 0.12 * np.exp(-((row - 0.05) ** 2 + (column - 0.1) ** 2) / 0.05) - 0.02


def speckle(side: int) -> np.ndarray:
    return np.random.default_rng(5).normal(size=(side, side))


def stages(photograph: np.ndarray) -> list[Json]:
    grey = photograph.mean(axis=2) / 255
    plan = [
        ("conv_stem", "stem", 32, 112, 3, 2, 0.03),
        ("blocks.0", "block 0", 16, 112, 7, 2, 0.0),
        ("blocks.1", "block 1", 24, 56, 19, 4, 0.0),
        ("blocks.2", "block 2", 40, 28, 51, 8, 0.02),
        ("blocks.3", "block 3", 80, 14, 131, 16, 0.05),
        ("blocks.4", "block 4", 112, 14, 203, 16, 0.09),
        ("blocks.5", "block 5", 192, 7, 435, 32, 0.12),
        ("blocks.6", "block 6", 320, 7, 499, 32, 0.04),
        ("bn2", "head", 1280, 7, 499, 32, 0.57),
    ]
    return [stage(grey, number, *entry) for number, entry in enumerate(plan)]


def stage(
    grey: np.ndarray,
    number: int,
    layer: str,
    title: str,
    channels: int,
    side: int,
    field: int,
    stride: int,
    silent: float,
) -> Json:
    small = transform.resize(grey, (side, side), anti_aliasing=True)
    response = small - filters.gaussian(small, max(1.0, side / 14))
    response += 0.04 * number / 9 * np.random.default_rng(number).normal(size=(side, side))
    scaled = np.clip(127 * response / np.percentile(np.abs(response), 98), -127, 127).astype(np.int8)
    return {
        "layer": layer,
        "title": title,
        "channels": channels,
        "rows": side,
        "columns": side,
        "receptive_field": [field, field],
        "stride": [stride, stride],
        "silent": silent,
        "channel": 7 * number % channels,
        "map_rows": side,
        "map_columns": side,
        "values": base64.b64encode(scaled.tobytes()).decode(),
        "scale": 1.5 + number,
    }


def data_url(photograph: np.ndarray) -> str:
    """A PNG, so that the canvas can be compared with the very pixels."""
    out = io.BytesIO()
    Image.fromarray(photograph).save(out, "PNG")
    return "data:image/png;base64," + base64.b64encode(out.getvalue()).decode()
