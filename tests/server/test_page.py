"""The microscope as a person uses it: a real server, the embedded network, a real Chromium."""

import io
import os
import re
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Locator, Page, expect

import tapetum
from tapetum.network import Network

STARTS_WITHIN = 60_000
HOSTILE = "<img src=x onerror=alert(1)>\u202egpj & \"'`${alert(2)}.png"


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    """The address that `tapetum serve` prints, of a server of its own."""
    command = [sys.executable, "-m", "tapetum", "serve", "--port", "0", "--model", "lite0"]
    environment = os.environ | {"OMP_NUM_THREADS": "1"}
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env=environment
    ) as server:
        assert server.stdout is not None
        printed: list[str] = []
        found = None
        for line in server.stdout:
            printed.append(line)
            if found := re.search(r"http://\S+", line):
                break
        if found is None:
            pytest.fail("tapetum serve printed no address:\n" + "".join(printed))
        yield found.group()
        server.send_signal(signal.SIGINT)
        server.communicate(timeout=30)


@pytest.fixture(scope="module")
def network() -> Network:
    """The same network without a server."""
    return tapetum.load("lite0", engine="torch")


@pytest.fixture(scope="module")
def photograph(network: Network, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The cat as the network sees it: 224 pixels, without loss."""
    cat = network.preparation.seen(tapetum.sample("cat"))
    path = tmp_path_factory.mktemp("pictures") / "cat.png"
    cat.save(path)
    return path


class Microscope:
    """The page in a browser, and what it asked for."""

    def __init__(self, visit: Callable[..., Any], address: str, **options: Any) -> None:
        self.visit = visit(**options)
        self.page: Page = self.visit.page
        self.page.set_default_timeout(STARTS_WITHIN)
        self.address = address
        self.origin = re.match(r"http://[^/]+", address)[0]  # type: ignore[index]

    def start(self) -> Page:
        self.page.goto(self.address)
        self.page.get_by_role("heading", name="Put a picture under the microscope").wait_for()
        return self.page

    def opened(self, place: str) -> Page:
        """The page at a place that an address names."""
        self.page.goto(self.address)
        self.page.goto(f"{self.origin}/#{place}")
        self.page.reload()
        return self.page

    def put(self, file: Any) -> Page:
        self.start().locator("input[type=file]").set_input_files(file)
        self.page.get_by_role("region", name="Classes").wait_for()
        return self.page

    def away(self) -> list[str]:
        own = (self.origin, "data:", "blob:")
        return [url for url in self.visit.requests if not url.startswith(own)]


@pytest.fixture
def microscope(visit: Callable[..., Any], address: str) -> Callable[..., Microscope]:
    return lambda **options: Microscope(visit, address, **options)


@pytest.fixture
def cat(microscope: Callable[..., Microscope], photograph: Path) -> str:
    """The id of the cat's picture on the server."""
    page = microscope().put(photograph)
    found = re.search(r"picture=(\w+)", page.url)
    assert found
    return found.group(1)


def tile(page: Page, channel: int) -> Locator:
    return page.get_by_role("button", name=re.compile(rf"^channel {channel},"))


def chart(page: Page) -> Locator:
    """The channel's map, large."""
    return page.get_by_role("application")


def total(page: Page) -> float:
    page.locator("[data-value]").wait_for()
    return float(page.locator("[data-value]").get_attribute("data-value") or "nan")


def settled(page: Page) -> None:
    """Nothing on the screen is from before."""
    expect(page.locator(".stale")).to_have_count(0)


def test_a_walk_from_the_picture_to_the_arithmetic_of_a_number(
    microscope: Callable[..., Microscope], network: Network, photograph: Path
) -> None:
    tool = microscope()
    page = tool.put(photograph)
    classes = page.get_by_role("region", name="Classes")
    first, second = network.predict(photograph, top=2)
    expect(classes.get_by_role("button").first).to_contain_text(first.label)

    classes.get_by_role("button", name=second.label).click()
    expect(page.locator("aside p[aria-live] strong")).to_have_text(f"{second.label}.")
    classes.get_by_role("button", name=first.label).click(modifiers=["Shift"])
    expect(page.locator("aside p[aria-live] strong")).to_have_text(f"{second.label} − {first.label}.")

    page.get_by_role("region", name="Stages of the network").get_by_role("button").nth(4).click()
    layer = re.search(r"layer=([\w.]+)", page.url)
    assert layer
    tile(page, 7).click()
    chart(page).wait_for()
    box = chart(page).bounding_box()
    assert box
    rows = network.layer(layer[1]).shape[2]
    cell = box["width"] / rows
    chart(page).click(position={"x": (5 + 0.5) * cell, "y": (3 + 0.5) * cell})

    expected = tapetum.arithmetic(network, photograph, layer[1], channel=7, row=3, column=5)
    assert total(page) == pytest.approx(expected.value, rel=1e-5)
    drawer = page.get_by_role("region", name=re.compile("^Place 3,5"))
    expect(drawer.get_by_text(re.compile("equals the network's own value")).first).to_be_visible()
    assert drawer.get_by_text("✗").count() == 0

    # Each contribution leads to the value that it comes from.
    left = page.url
    drawer.get_by_role("button", name=re.compile("^go to channel")).first.click()
    expect(page).not_to_have_url(left)
    settled(page)
    there = dict(part.split("=") for part in page.url.split("#")[1].split("&"))
    row, _, column = there["at"].partition("%2C")
    walked = tapetum.arithmetic(
        network, photograph, there["layer"], int(there["channel"]), int(row), int(column)
    )
    expect(
        page.get_by_role("heading", name=f"channel {there['channel']} of {there['layer']}")
    ).to_be_visible()
    assert total(page) == pytest.approx(walked.value, rel=1e-5)

    page.go_back()
    expect(page.get_by_role("heading", name=re.compile("^Place 3,5"))).to_be_visible()
    for _ in range(3):
        page.keyboard.press("Escape")
    expect(page.get_by_role("heading", name="The whole picture")).to_be_visible()
    assert "layer=" not in page.url
    assert tool.visit.problems == []
    assert tool.away() == []


def test_the_address_holds_the_place(microscope: Callable[..., Microscope], cat: str) -> None:
    place = f"picture={cat}&target=282-285&view=map&layer=blocks.3.0&channel=11&at=2,4&sort=index"
    page = microscope().opened(place)
    before = total(page)
    settled(page)
    expect(tile(page, 11)).to_have_attribute("aria-pressed", "true")
    expect(page.get_by_role("radio", name="Map", exact=True)).to_be_checked()
    expect(page.locator("aside p[aria-live] strong")).to_have_text("tiger cat − Egyptian cat.")
    labels = page.locator("section[aria-labelledby=layer] li button").evaluate_all(
        "all => all.map(one => Number(one.getAttribute('aria-label').match(/\\d+/)[0]))"
    )
    assert labels == list(range(80))
    page.reload()
    assert total(page) == before
    expect(page.get_by_role("radio", name="Map", exact=True)).to_be_checked()


def test_sorting_by_contribution_is_gradient_times_value(
    microscope: Callable[..., Microscope], cat: str, network: Network, photograph: Path
) -> None:
    page = microscope().opened(f"picture={cat}&target=285&layer=bn2&sort=contribution")
    page.locator("section[aria-labelledby=layer] li button[aria-label*=gives]").first.wait_for()
    settled(page)
    shown = page.locator("section[aria-labelledby=layer] li button").evaluate_all(
        "all => all.map(one => Number(one.getAttribute('aria-label').match(/\\d+/)[0]))"
    )
    # Behind it are a pooling and a linear layer: what a channel gives is a term of the class's own sum.
    terms = tapetum.arithmetic(network, photograph, "classifier", channel=285).parts
    strongest = sorted(terms, key=lambda part: (-part.subtotal, part.channel))
    assert shown[:20] == [part.channel for part in strongest[:20]]


def test_pointing_at_a_map_asks_for_nothing_and_draws_what_it_sees(
    microscope: Callable[..., Microscope], cat: str
) -> None:
    tool = microscope()
    page = tool.opened(f"picture={cat}&layer=blocks.2&channel=3")
    chart(page).wait_for()
    page.get_by_text("Over 6 sample pictures").wait_for()
    box = chart(page).bounding_box()
    assert box
    page.mouse.move(box["x"] + 5, box["y"] + 5)
    frame = page.locator("aside .possible")
    frame.wait_for()
    known = [url for url in tool.visit.requests if "visualise" not in url]
    first = frame.bounding_box()
    times = page.evaluate(
        """async ([x, y]) => {
            const chart = document.querySelector('[role=application]');
            const taken = [];
            for (let i = 0; i < 20; i++) {
                const before = performance.now();
                const place = {clientX: x + 5 * i, clientY: y + 4 * i, bubbles: true};
                chart.dispatchEvent(new PointerEvent('pointermove', place));
                await new Promise(requestAnimationFrame);
                taken.push(performance.now() - before);
            }
            return taken;
        }""",
        [box["x"] + 10, box["y"] + 10],
    )
    assert frame.bounding_box() != first
    assert np.median(times) <= 50
    assert [url for url in tool.visit.requests if "visualise" not in url] == known


def test_everything_by_keyboard(microscope: Callable[..., Microscope], cat: str) -> None:
    page = microscope().opened(f"picture={cat}&layer=blocks.4&sort=index")
    tile(page, 0).focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowRight")
    expect(tile(page, 2)).to_be_focused()
    page.keyboard.press("Enter")
    chart(page).focus()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    total(page)
    expect(page).to_have_url(re.compile(r"channel=2&at="))
    page.keyboard.press("Escape")
    expect(page).not_to_have_url(re.compile("at="))
    page.keyboard.press("Escape")
    expect(page).not_to_have_url(re.compile("channel="))
    page.keyboard.press("]")
    expect(page).not_to_have_url(re.compile(r"layer=blocks\.4(&|$)"))


def test_a_hostile_name_stays_text(microscope: Callable[..., Microscope], photograph: Path) -> None:
    tool = microscope()
    page = tool.put({"name": HOSTILE, "mimeType": "image/png", "buffer": photograph.read_bytes()})
    shown = page.locator("figcaption bdi")
    expect(shown).to_contain_text("<img src=x onerror=alert(1)>")
    assert "\u202e" not in shown.inner_text()
    assert "\u202e" not in page.title()
    assert page.locator("main img[src=x]").count() == 0
    assert tool.visit.problems == []


def test_what_is_no_picture_is_refused_in_words(
    microscope: Callable[..., Microscope], tmp_path: Path
) -> None:
    page = microscope().start()
    page.locator("input[type=file]").set_input_files(
        {"name": "cat.jpg", "mimeType": "image/jpeg", "buffer": b"<html>no picture</html>"}
    )
    expect(page.get_by_role("alert")).to_contain_text(re.compile("picture|JPEG"))
    large = tmp_path / "large.jpg"
    large.write_bytes(bytes(21 * 2**20))
    page.locator("input[type=file]").set_input_files(large)
    expect(page.get_by_role("alert")).to_contain_text("At most 20 MiB")


def test_a_picture_that_is_gone_says_so(microscope: Callable[..., Microscope], photograph: Path) -> None:
    page = microscope().opened(f"picture={'0' * 32}&layer=blocks.3&channel=5")
    page.get_by_role("heading", name="That picture is no longer here").wait_for()
    page.locator("input[type=file]").set_input_files(photograph)
    chart(page).wait_for()
    expect(page.get_by_role("heading", name=re.compile("^channel 5"))).to_be_visible()


def test_a_picture_from_the_camera(microscope: Callable[..., Microscope]) -> None:
    tool = microscope(permissions=["camera"])
    page = tool.start()
    page.get_by_role("button", name="Use the camera").click()
    page.get_by_role("button", name="Take the picture").click()
    page.get_by_role("region", name="Classes").wait_for()
    expect(page.locator("figcaption bdi")).to_have_text("camera.png")
    assert tool.visit.problems == []


def test_without_its_key_the_page_says_where_it_is(visit: Callable[..., Any], address: str) -> None:
    page = visit().page
    answered = page.goto(re.match(r"http://[^/]+", address)[0] + "/")  # type: ignore[index]
    assert answered is not None
    assert answered.status == 401
    assert "tapetum serve" in page.inner_text("body")


def test_both_buttons_save(microscope: Callable[..., Microscope], cat: str, photograph: Path) -> None:
    page = microscope().opened(f"picture={cat}&view=picture")
    page.locator("aside canvas").wait_for()
    with page.expect_download() as picture:
        page.get_by_role("button", name="save the picture shown as PNG").click()
    saved = np.asarray(Image.open(io.BytesIO(picture.value.path().read_bytes())).convert("RGB"))
    np.testing.assert_array_equal(saved, np.asarray(Image.open(photograph)))
    with page.expect_download() as report:
        page.get_by_role("button", name="Save report").click()
    assert report.value.suggested_filename == "tapetum-cat.html"
    assert '"schema": "tapetum-report/1"' in report.value.path().read_text(encoding="utf-8")


@pytest.mark.parametrize(("scheme", "width"), [("dark", 1440), ("light", 1440), ("light", 390)])
def test_axe_finds_nothing_serious(
    microscope: Callable[..., Microscope], cat: str, axe: str, scheme: str, width: int
) -> None:
    size = {"width": width, "height": 900}
    tool = microscope(bypass_csp=True, color_scheme=scheme, viewport=size, reduced_motion="reduce")
    tool.start().add_script_tag(content=axe)
    grave = "axe.run().then(f => f.violations.filter(v => ['serious', 'critical'].includes(v.impact))"
    grave += ".map(v => [v.id, ...v.nodes.map(n => n.html.slice(0, 120))]))"
    assert tool.page.evaluate(grave) == []
    page = tool.opened(f"picture={cat}&layer=blocks.3&channel=11&at=2,4&sort=contribution")
    total(page)
    page.get_by_text("Over 6 sample pictures").wait_for()
    settled(page)
    page.add_script_tag(content=axe)
    assert page.evaluate(grave) == []


@pytest.mark.parametrize("width", [1440, 1024, 390, 360])
def test_no_page_scrolls_sideways(microscope: Callable[..., Microscope], cat: str, width: int) -> None:
    tool = microscope(viewport={"width": width, "height": 900})
    page = tool.opened(f"picture={cat}&layer=blocks.3&channel=11&at=2,4")
    total(page)
    settled(page)
    assert page.evaluate("document.documentElement.scrollWidth") == width
