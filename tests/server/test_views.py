"""Every answer is what the library says of the same picture, and has the shape that is described."""

import base64
import io
import json
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import jsonschema
import numpy as np
import pytest
import torch
from PIL import Image
from server.conftest import Running

import tapetum
from tapetum.results.receptive_field import glowing
from tapetum.server.app import described
from tapetum.server.tensors import decoded

DESCRIPTION = described().openapi()


def get(client: httpx.Client, path: str, **query: Any) -> Any:
    """The JSON of an answer, once it has the described shape."""
    answer = client.get(path, params=query)
    assert answer.status_code == 200, answer.text
    segments = path.strip("/").split("/")
    for place in (2, 4):
        if len(segments) > place:
            segments[place] = {"networks": "{network}", "pictures": "{picture}"}[segments[place - 1]]
    operation = DESCRIPTION["paths"]["/" + "/".join(segments)]["get"]
    schema = operation["responses"]["200"]["content"]["application/json"]["schema"]
    jsonschema.validate(answer.json(), {**schema, "components": DESCRIPTION["components"]})
    return answer.json()


def tensor(client: httpx.Client, path: str, **query: Any) -> np.ndarray:
    answer = client.get(path, params=query)
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == "application/vnd.tapetum.tensor"
    return decoded(answer.content)


@pytest.fixture
def own(server: Running) -> tapetum.Network:
    """The first network itself."""
    return next(iter(server.bench.networks.values())).network


CAT = tapetum.sample("cat")


def test_the_networks_and_what_is_in_them(client: httpx.Client, own: tapetum.Network) -> None:
    found = get(client, "/api/networks")
    assert [one["classes"] for one in found["networks"]] == [4, 5]
    assert "cat" in found["samples"]
    for facts in found["networks"]:
        card = get(client, f"/api/networks/{facts['id']}")
        assert {name: card[name] for name in facts} == facts
        assert len(card["labels"]) == facts["classes"]
        assert {stage["layer"] for stage in card["stages"]} <= {layer["name"] for layer in card["layers"]}
        assert [method["key"] for method in card["methods"]] == list(tapetum.METHODS)
    first = get(client, f"/api/networks/{found['networks'][0]['id']}")
    assert [layer["name"] for layer in first["layers"]] == [layer.name for layer in own.layers]
    quick = {method["key"] for method in first["methods"] if method["quick"]}
    assert {"saliency", "gradcam", "lrp"} <= quick
    assert not quick & {"rise", "smoothgrad", "scorecam", "ablationcam", "integrated-gradients"}


def test_methods_say_whether_they_apply(client: httpx.Client) -> None:
    first, second = (
        get(client, f"/api/networks/{one['id']}") for one in get(client, "/api/networks")["networks"]
    )
    told = [{m["key"]: m["why_not"] for m in card["methods"]}["cam"] for card in (first, second)]
    assert (first["pooled_layer"] is None) == (told[0] is not None)
    assert second["pooled_layer"] is not None
    assert told[1] is None
    assert all(option["name"] != "memory" for m in first["methods"] for option in m["options"])


def test_hostile_labels_stay_text(client: httpx.Client) -> None:
    second = get(client, "/api/networks")["networks"][1]["id"]
    answer = client.get(f"/api/networks/{second}")
    assert answer.headers["content-type"] == "application/json"
    assert answer.json()["labels"][0] == "<img src=x onerror=alert(1)>"
    picture = client.post("/api/samples/cat").json()["id"]
    page = client.get(f"/api/networks/{second}/pictures/{picture}/report.html")
    assert page.headers["content-disposition"].startswith("attachment")
    assert "<img src=x onerror" not in page.text
    assert page.text.count("</script>") == page.text.count("<script")


def test_the_prediction(client: httpx.Client, under: str, own: tapetum.Network) -> None:
    found = get(client, f"{under}/prediction", top=3)
    expected = own.predict(CAT, top=3)
    assert [c["label"] for c in found["classes"]] == [score.label for score in expected]
    assert found["classes"][0]["logit"] == pytest.approx(expected[0].logit, rel=1e-4)
    assert found["source_size"] == [300, 451]
    assert found["crop"] == {"top": 0, "left": 75, "rows": 300, "columns": 301}


def test_the_ribbon(client: httpx.Client, under: str, own: tapetum.Network) -> None:
    found = get(client, f"{under}/ribbon")["stages"]
    explained = tapetum.explain(own, CAT, methods=[])
    assert [stage["layer"] for stage in found] == [stage.layer for stage in explained.stages[0]]
    for stage, expected in zip(found, explained.stages[0], strict=True):
        values = np.frombuffer(base64.b64decode(stage["values"]), np.int8).reshape(
            stage["map_rows"], stage["map_columns"]
        )
        assert values / 127 * stage["scale"] == pytest.approx(expected.values, abs=stage["scale"] / 250)
        assert stage["silent"] == expected.silent


@pytest.mark.parametrize("method", ["saliency", "gradcam", "integrated-gradients"])
@pytest.mark.parametrize("target", [None, "dog", "1", "cat - dog", "0 - 3"])
def test_a_map(
    client: httpx.Client, under: str, own: tapetum.Network, method: str, target: str | None
) -> None:
    query = {"method": method} | ({} if target is None else {"target": target})
    facts, values = get(client, f"{under}/map", **query), tensor(client, f"{under}/map.bin", **query)
    expected = tapetum.METHODS[method](own, CAT, target)
    assert values == pytest.approx(expected.values[0].numpy(), rel=2e-3, abs=1e-6)
    assert facts["target"]["indices"] == list(expected.targets[0].indices)
    assert facts["score"] == pytest.approx(float(expected.score[0]), rel=1e-4)
    assert facts["sentence"] == expected.sentences()[0]
    assert "values" not in facts


def test_options_of_a_map(client: httpx.Client, under: str, own: tapetum.Network) -> None:
    found = get(client, f"{under}/map", method="integrated-gradients", options="steps=3,baseline=black")
    assert found["options"]["steps"] == 3
    expected = tapetum.METHODS["integrated-gradients"](own, CAT, steps=3, baseline="black")
    assert found["residual"] == pytest.approx(float(expected.residual[0]), rel=1e-2, abs=1e-4)


def test_a_sheet(client: httpx.Client, under: str, own: tapetum.Network) -> None:
    facts = get(client, f"{under}/sheet", layer="block1")
    values = tensor(client, f"{under}/sheet.bin", layer="block1")
    expected = tapetum.feature_maps(own, CAT, "block1")
    assert values == pytest.approx(expected.values.numpy(), rel=1e-3, abs=1e-5)
    assert facts["shown"][0] == expected.strongest
    assert sorted(facts["shown"]) == list(range(8))
    tiles = Image.open(io.BytesIO(client.get(facts["sprite"]["image"]).content))
    cut, across = np.asarray(tiles).astype(float), facts["sprite"]["across"]
    for place, channel in enumerate(facts["shown"]):
        top, left = 32 * (place // across), 32 * (place % across)
        tile = (cut[top : top + 32, left : left + 32] - 128) / 127 * facts["scales"][place]
        assert tile == pytest.approx(values[channel], abs=facts["scales"][place] / 120)


def test_a_sheet_says_what_each_place_can_see(client: httpx.Client, under: str, own: tapetum.Network) -> None:
    field = get(client, f"{under}/sheet", layer="block1")["field"]
    for row, column in ((0, 0), (5, 31), (16, 7)):
        expected = tapetum.receptive_field(own, "block1", row, column, pictures=CAT).reach
        assert field["rows"][row] == [expected.top, expected.bottom]
        assert field["columns"][column] == [expected.left, expected.right]


def test_a_sheet_of_a_vector(client: httpx.Client, under: str) -> None:
    found = get(client, f"{under}/sheet", layer="head")
    assert (found["rows"], found["field"], found["channels"]) == (None, None, 4)
    assert tensor(client, f"{under}/sheet.bin", layer="head").shape == (4, 1, 1)


def test_contributions_behind_a_pooled_head_sum_to_the_score(client: httpx.Client, server: Running) -> None:
    second = list(server.bench.networks.values())[1]
    picture = client.post("/api/samples/cat").json()["id"]
    layer = second.network.pooled_layer
    assert layer is not None
    found = get(
        client,
        f"/api/networks/{second.id}/pictures/{picture}/contributions",
        layer=layer.name,
        target="five",
    )
    torch.manual_seed(0)
    maps = second.network.activations(CAT, [layer.name])[layer.name][0].mean((1, 2))
    weights = second.network.class_weights
    assert weights is not None
    assert found["contributions"] == pytest.approx((weights[4] * maps).tolist(), rel=1e-3, abs=1e-5)


def test_a_channel(client: httpx.Client, server: Running, under: str, own: tapetum.Network) -> None:
    found = get(client, f"{under}/channel", layer="stem", channel=2)
    values = tapetum.feature_maps(own, CAT, "stem").values[2]
    assert found["largest"] == pytest.approx(float(values.max()), rel=1e-5)
    assert values[found["peak"]["row"], found["peak"]["column"]] == pytest.approx(found["peak"]["value"])
    kernels = tapetum.kernels(own, "stem").values[2].numpy()
    assert np.array(found["filter"]["kernels"]) == pytest.approx(kernels)
    assert found["filter"]["colour"]
    assert found["weights"] is None
    second = list(server.bench.networks.values())[1]
    picture = under.rsplit("/", 1)[1]
    path = f"/api/networks/{second.id}/pictures/{picture}/channel"
    pooled = second.network.pooled_layer
    assert pooled is not None
    towards = get(client, path, layer=pooled.name, channel=3)
    weights = second.network.class_weights
    assert weights is not None
    assert [w["index"] for w in towards["weights"]["strongest"]] == weights[:, 3].argsort(
        descending=True
    ).tolist()
    # Through batch-norm and activation, the filter is the convolution's.
    assert towards["filter"]["layer"] == "conv2"
    assert towards["filter"]["total"] == 8


def test_a_histogram(client: httpx.Client, under: str, own: tapetum.Network) -> None:
    found = get(client, f"{under}/histogram", layer="block1", channel=1)
    values = np.concatenate(
        [
            tapetum.feature_maps(own, tapetum.sample(name), "block1").values[1].numpy().ravel()
            for name in get(client, "/api/networks")["samples"]
        ]
    )
    counts, edges = np.histogram(values, 32)
    assert sum(found["counts"]) == found["values"] == values.size
    assert found["edges"] == pytest.approx(edges.tolist(), rel=1e-5, abs=1e-6)
    assert np.abs(np.array(found["counts"]) - counts).sum() <= 4
    assert found["here"] == pytest.approx(
        float(tapetum.feature_maps(own, CAT, "block1").values[1].max()), rel=1e-5
    )


@pytest.mark.parametrize(
    ("layer", "row", "column"),
    [("stem", 0, 31), ("block1.2", 7, 7), ("bn", 3, 4), ("block1", 9, 2), ("head", None, None)],
)
def test_the_total_is_the_networks_own_value(
    client: httpx.Client, under: str, own: tapetum.Network, layer: str, row: int | None, column: int | None
) -> None:
    where = {} if row is None else {"row": row, "column": column}
    found = get(client, f"{under}/arithmetic", layer=layer, channel=2, **where)
    value = own.activations(CAT, [layer])[layer][0, 2]
    here = float(value if row is None else value[row, column])
    assert found["agrees"]
    assert found["value"] == pytest.approx(here, rel=1e-6, abs=1e-9)
    assert found["total"] == pytest.approx(here, rel=1e-5, abs=1e-6)
    listed = sum(part["subtotal"] for part in found["parts"]) + found["rest"]["sum"]
    listed += sum(constant["value"] for constant in found["constants"])
    assert listed == pytest.approx(found["sum"], rel=1e-4, abs=1e-5)


def test_as_many_parts_as_are_asked_for(client: httpx.Client, under: str) -> None:
    few = get(client, f"{under}/arithmetic", layer="block1.0", channel=0, row=3, column=3, parts=2)
    all_of_them = get(client, f"{under}/arithmetic", layer="block1.0", channel=0, row=3, column=3, parts=99)
    assert len(few["parts"]) == 2
    assert few["rest"]["count"] == len(all_of_them["parts"]) - 2
    assert all_of_them["rest"] == {"count": 0, "sum": 0.0}


def test_a_receptive_field_and_its_glow(client: httpx.Client, under: str, own: tapetum.Network) -> None:
    for row, column in ((4, 5), (20, 0), (4, 5)):
        query = {"layer": "bn", "row": row, "column": column, "channel": 3}
        found = get(client, f"{under}/receptive-field", **query)
        expected = tapetum.receptive_field(own, "bn", row, column, pictures=CAT, channel=3)
        facts = expected.to_dict()
        assert {name: facts[name] for name in found} == found
        glow = tensor(client, f"{under}/receptive-field.bin", **query)
        assert glow.shape == (32, 32)
        lit = glowing(expected.effective)
        assert lit.max() == 1
        assert glow == pytest.approx(lit, abs=1e-3)


def test_the_evidence(client: httpx.Client, under: str, own: tapetum.Network) -> None:
    found = get(client, f"{under}/evidence", target="dog", width=2)
    expected = tapetum.evidence(own, CAT, "dog", width=2)
    assert found["score"] == pytest.approx(expected.score, rel=1e-4)
    assert [unit["unit"]["channel"] for unit in found["root"]["kept"]] == [
        unit.unit.channel for unit in expected.root.kept
    ]
    assert all(card["agrees"] for unit in found["root"]["kept"] for card in unit["cards"])


def test_an_attack(client: httpx.Client, under: str) -> None:
    found = get(client, f"{under}/attack", method="fgsm", epsilon="8/255")
    assert found["largest"] <= 8
    assert found["fooled"] == (found["before"][0]["index"] != found["after"][0]["index"])
    kind, data = found["picture"].split(",")
    assert kind == "data:image/png;base64"
    assert Image.open(io.BytesIO(base64.b64decode(data))).size == (32, 32)


def test_a_report(client: httpx.Client, under: str) -> None:
    page = client.get(
        f"{under}/report.html", params={"method": ["saliency", "gradcam:layer=stem"], "target": "dog"}
    )
    assert page.status_code == 200
    text = page.text.split('id="tapetum-data"')[1].split(">", 1)[1].split("</script>")[0]
    found = json.loads(text)["pictures"][0]["maps"]
    assert [(m["method"], m["layer"], m["target"]["label"]) for m in found] == [
        ("saliency", None, "dog"),
        ("gradcam", "stem", "dog"),
    ]


@pytest.mark.parametrize(
    ("path", "query", "status", "kind"),
    [
        ("map", "method=nothing", 422, "method"),
        ("map", "method=gradcam&options=steps=3", 422, "method"),
        ("map", "method=gradcam&options=layer", 422, "method"),
        ("map", "method=gradcam:layer=stem", 422, "method"),
        ("map", "method=rise&options=samples=10000000", 422, "method"),
        ("map", "method=rise&options=samples=-1", 422, "method"),
        ("map", "method=rise&options=memory=900GB", 422, "method"),
        ("map", "method=integrated-gradients&options=baseline=/etc/passwd", 422, "method"),
        ("map", "method=integrated-gradients&options=baseline=sample:cat", 422, "method"),
        ("map", "target=wolf", 422, "target"),
        ("map", "target=-1", 422, "target"),
        ("map", "target=1000000000", 422, "target"),
        ("map", "target=2.5", 422, "target"),
        ("map", "target=c", 422, "target"),
        ("map", "target=" + "x" * 500, 422, "request"),
        ("map.bin", "method=", 422, "method"),
        ("sheet", "layer=nothing", 422, "layer"),
        ("sheet", "", 422, "request"),
        ("sheet.png", "layer=%3Cscript%3E", 422, "layer"),
        ("contributions", "layer=stem&target=wolf", 422, "target"),
        ("channel", "layer=stem&channel=8", 422, "layer"),
        ("channel", "layer=stem&channel=-1", 422, "request"),
        ("histogram", "layer=stem&channel=99", 422, "layer"),
        ("arithmetic", "layer=stem&channel=0&row=32&column=0", 422, "layer"),
        ("arithmetic", "layer=stem&channel=0", 422, "layer"),
        ("arithmetic", "layer=stem&channel=0&row=a&column=0", 422, "request"),
        ("arithmetic", "layer=stem&channel=99999999999999999999&row=0&column=0", 422, "request"),
        ("arithmetic", "layer=stem&channel=0&row=0&column=0&parts=0", 422, "request"),
        ("receptive-field", "layer=stem&row=40&column=0", 422, "layer"),
        ("evidence", "width=9", 422, "request"),
        ("evidence", "target=wolf", 422, "target"),
        ("attack", "method=nothing", 422, "method"),
        ("attack", "epsilon=9", 422, "method"),
        ("attack", "epsilon=x/0", 422, "method"),
        ("attack", "method=deepfool&epsilon=1/255", 422, "method"),
        ("prediction", "top=0", 422, "request"),
        ("prediction", "top=10000", 422, "request"),
        ("report.html", "method=nothing", 422, "method"),
        ("report.html", "target=wolf", 422, "target"),
        ("nothing", "", 404, "request"),
    ],
)
def test_what_cannot_be_is_told(
    client: httpx.Client, under: str, path: str, query: str, status: int, kind: str
) -> None:
    answer = client.get(f"{under}/{path}?{query}")
    assert answer.status_code == status
    assert set(answer.json()) == {"error"}
    assert answer.json()["error"]["kind"] == kind
    assert len(answer.json()["error"]["message"]) > 20
    assert "Traceback" not in answer.text


def test_an_unknown_network(client: httpx.Client, picture: str) -> None:
    answer = client.get(f"/api/networks/0123/pictures/{picture}/prediction")
    assert answer.status_code == 404
    assert answer.json()["error"]["kind"] == "network_unknown"


@pytest.mark.parametrize(
    "path", ["prediction", "map?method=saliency", "map.bin", "sheet.png?layer=stem", "seen.png"]
)
def test_what_is_known_is_not_sent_again(client: httpx.Client, under: str, path: str) -> None:
    first = client.get(f"{under}/{path}")
    assert first.headers["cache-control"] == "private, no-cache"
    again = client.get(f"{under}/{path}", headers={"if-none-match": first.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    assert again.headers["etag"] == first.headers["etag"]
    other = client.get(f"{under}/{path}", headers={"if-none-match": '"other"'})
    assert (other.status_code, other.content) == (200, first.content)


def test_tags_differ_where_answers_do(client: httpx.Client, under: str) -> None:
    paths = [
        "map?target=0",
        "map?target=1",
        "map.bin?target=0",
        "map?method=saliency&target=0",
        "prediction",
        "ribbon",
    ]
    tags = [client.get(f"{under}/{path}").headers["etag"] for path in paths]
    assert len(set(tags)) == len(paths)


def test_the_address_of_a_sprite_is_this_pictures(client: httpx.Client, under: str) -> None:
    image = get(client, f"{under}/sheet", layer="block1")["sprite"]["image"]
    assert image.startswith(under)
    assert parse_qs(urlsplit(image).query) == {"layer": ["block1"]}
