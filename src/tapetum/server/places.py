"""What stands in the address of a question: a network, and a picture under it."""

from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Path, Query, Request

from tapetum.server.bench import Bench, Mounted
from tapetum.server.faults import RefusedError
from tapetum.server.shelf import Held
from tapetum.workflows import Slide

Id = Annotated[str, Path(pattern="^[0-9a-f]+$", max_length=32, description="An id that this server gave.")]
LayerName = Annotated[str, Query(min_length=1, max_length=400, description="A layer of the network.")]
Channel = Annotated[int, Query(ge=0, lt=2**31, description="Counted from 0.")]
RowOrColumn = Annotated[int | None, Query(ge=0, lt=2**31, description="Counted from 0; none for vectors.")]
TargetText = Annotated[
    str | None,
    Query(max_length=400, description="A class, 'one - other', or nothing for the predicted class."),
]


@dataclass(frozen=True, eq=False)
class Place:
    """A picture under a network."""

    bench: Bench
    mounted: Mounted
    held: Held

    def slide(self) -> Slide:
        """The picture, ready to be looked at; only for who has the worker's turn."""
        return self.bench.slide(self.mounted, self.held)

    @property
    def key(self) -> tuple[str, str]:
        """What answers depend on: the network, and the pixels whatever they are called."""
        return self.mounted.id, self.held.pixels


def bench_of(request: Request) -> Bench:
    """What this server has."""
    found: Bench = request.app.state.bench
    return found


AnyBench = Annotated[Bench, Depends(bench_of)]


def mounted_of(bench: AnyBench, network: Id) -> Mounted:
    """The network in the address."""
    found = bench.networks.get(network)
    if found is None:
        raise RefusedError(404, "network_unknown", "There is no such network. /api/networks lists them.")
    return found


AnyNetwork = Annotated[Mounted, Depends(mounted_of)]


def place_of(bench: AnyBench, mounted: AnyNetwork, picture: Id) -> Place:
    """The picture in the address, under the network in the address."""
    return Place(bench, mounted, bench.shelf.find(picture))


AnyPlace = Annotated[Place, Depends(place_of)]
