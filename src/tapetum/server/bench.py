"""What the routes share: the networks, who computes, the pictures and the answers."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from tapetum import workflows
from tapetum.errors import ServerError
from tapetum.server.answers import Answers
from tapetum.server.documents import json_bytes
from tapetum.server.shelf import Few, Held, Shelf
from tapetum.server.worker import Worker

if TYPE_CHECKING:
    import numpy as np

    from tapetum.network import Network
    from tapetum.workflows import Slide

_ANSWERS = 256 * 2**20
_PICTURES = 512 * 2**20
"""Bytes of answers, and of pictures, that are kept."""
_SLIDES, _SAMPLES = 3, 2


@dataclass(frozen=True, eq=False)
class Mounted:
    """A network that can be looked at, its id, and everything about it that depends on no picture."""

    id: str
    network: "Network"
    facts: Mapping[str, Any]
    card: bytes


@dataclass(frozen=True, eq=False)
class Bench:
    """What the routes share. Slides and samples are touched only by whoever has the worker's turn."""

    networks: Mapping[str, Mounted]
    worker: Worker
    answers: Answers
    shelf: Shelf
    slides: "Few[tuple[str, str], Slide]" = field(default_factory=lambda: Few(_SLIDES))
    samples: "Few[tuple[str, str], np.ndarray]" = field(default_factory=lambda: Few(_SAMPLES))

    def slide(self, mounted: Mounted, held: Held) -> "Slide":
        """A picture under a network."""
        key = mounted.id, held.pixels
        return self.slides.find(key, lambda: workflows.slide(mounted.network, held.picture))


def make_bench(networks: "Sequence[Network]", *, worker: Worker | None = None) -> Bench:
    """A bench with these networks, the first of which is the one to start with.

    Raises:
        ServerError: there is no network, or the same twice.
    """
    mounted: dict[str, Mounted] = {}
    for network in networks:
        id = network.fingerprint[:16]
        if id in mounted:
            raise ServerError(f"The network {network.name} was given twice. Give each once.")
        card = {"id": id, **workflows.network_card(network)}
        facts = {name: card[name] for name in ("id", *network.facts().to_dict())}
        mounted[id] = Mounted(id, network, facts, json_bytes(card))
    if not mounted:
        raise ServerError("There is no network to look at. Name one: --model lite0.")
    worker = Worker() if worker is None else worker
    return Bench(mounted, worker, Answers(worker, _ANSWERS), Shelf(_PICTURES))


def tag(*named: object) -> str:
    """An ETag for what is always the same where it has the same name."""
    return f'"{hashlib.sha256(repr(named).encode("utf-8", "replace")).hexdigest()[:32]}"'
