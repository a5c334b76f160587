"""A real Chromium for the tests of pages, one at a time.

While it runs, its event loop is that of the thread: tests that start one of their own stand in other modules.
"""

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext, Page

ROOT = Path(__file__).parents[1]
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--use-fake-device-for-media-stream",
]


@pytest.fixture(scope="session")
def axe() -> str:
    """The source of axe-core, from the page's own development packages."""
    source = ROOT / "web" / "node_modules" / "axe-core" / "axe.min.js"
    if not source.is_file():
        pytest.fail(f"{source} is missing: install the page's packages with `npm ci` in web/.")
    return source.read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def browser() -> Iterator["Browser"]:
    chromium = os.environ.get("TAPETUM_CHROMIUM") or shutil.which("chromium")
    if not chromium:
        pytest.fail("There is no Chromium: install it, or name its program in TAPETUM_CHROMIUM.")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        instance = playwright.chromium.launch(executable_path=chromium, args=FLAGS)
        yield instance
        instance.close()


class Visit:
    """One context that writes down everything a report must never do."""

    def __init__(self, context: "BrowserContext") -> None:
        self.context = context
        self.page: Page = context.new_page()
        self.problems: list[str] = []
        self.requests: list[str] = []
        self.page.on("console", lambda m: self.problems.append(f"{m.type}: {m.text}"))
        self.page.on("pageerror", lambda e: self.problems.append(f"error: {e}"))
        self.page.on("dialog", lambda d: (self.problems.append(f"dialog: {d.message}"), d.dismiss()))
        self.page.on("request", lambda r: self.requests.append(r.url))
        self.page.add_init_script(
            "addEventListener('securitypolicyviolation', (e) =>"
            " console.error('policy: ' + e.violatedDirective + ' ' + e.blockedURI))"
        )

    def open(self, report: Path, hash: str = "") -> "Page":
        self.page.goto(report.as_uri() + hash)
        self.page.locator("main canvas, main p").first.wait_for()
        return self.page

    def away(self) -> list[str]:
        """Requests beyond the file itself and what it carries."""
        return [url for url in self.requests if not url.startswith(("file:", "data:", "blob:"))]


@pytest.fixture
def visit(browser: "Browser") -> Iterator[Callable[..., Visit]]:
    opened: list[BrowserContext] = []

    def start(**options: Any) -> Visit:
        options = {"viewport": {"width": 1440, "height": 900}, "color_scheme": "dark"} | options
        opened.append(browser.new_context(**options))
        return Visit(opened[-1])

    yield start
    for context in opened:
        context.close()
