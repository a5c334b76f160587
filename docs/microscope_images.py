"""The microscope as it stands in a browser, for the guide: one view at each depth."""

import os
import re
import shutil
import signal
import subprocess
import sys
from pathlib import Path

from PIL import Image

_VIEWS = {
    "microscope-picture": "",
    "microscope-layer": "&layer=blocks.3&sort=contribution",
    "microscope": "&layer=blocks.4&channel=56&at=6,8&sort=contribution&scale=layer",
}
_SIZE = {"width": 1440, "height": 900}
_FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-sync"]
_MADE = 60_000
"""Milliseconds within which the picture that a channel wants is there."""


def write_microscope(folder: Path) -> bool:
    """Write every view as a .webp file; False where there is no browser."""
    chromium = os.environ.get("TAPETUM_CHROMIUM") or shutil.which("chromium")
    if not chromium:
        return False
    command = [sys.executable, "-m", "tapetum", "serve", "--port", "0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:
        try:
            _photograph(_address(server), chromium, folder)
        finally:
            server.send_signal(signal.SIGINT)
    return True


def _address(server: "subprocess.Popen[str]") -> str:
    assert server.stdout is not None
    for line in server.stdout:
        if found := re.search(r"http://\S+", line):
            return found.group()
    raise RuntimeError("tapetum serve printed no address.")


def _photograph(address: str, chromium: str, folder: Path) -> None:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=_FLAGS)
        page = browser.new_page(viewport=_SIZE, color_scheme="dark", reduced_motion="reduce")
        page.goto(address)
        page.get_by_role("button", name="cat", exact=True).click()
        page.wait_for_url(re.compile("picture="))
        start = page.url
        for name, place in _VIEWS.items():
            page.goto(start + place)
            page.reload()
            page.locator("aside p[aria-live]").wait_for()
            if "channel=" in place:
                page.get_by_text("pushes towards").wait_for()
                page.locator("section[aria-labelledby=channel] figure img").wait_for(timeout=_MADE)
            if "at=" in place:
                page.locator("[data-value]").wait_for()
            page.wait_for_timeout(1000)
            shot = folder / f"{name}.png"
            page.screenshot(path=shot)
            with Image.open(shot) as image:
                image.convert("RGB").save(folder / f"{name}.webp", quality=82, method=6)
            shot.unlink()
        browser.close()
