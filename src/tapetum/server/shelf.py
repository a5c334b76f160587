"""The pictures that people brought, by opaque ids: as many as fit, the latest ones."""

import hashlib
from collections.abc import Callable, Hashable
from dataclasses import dataclass
from typing import Generic, TypeVar

from tapetum.pictures import Picture

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")


class GoneError(Exception):
    """A picture that is not held: never brought, or so long ago that others took its place."""


@dataclass(frozen=True, eq=False)
class Held:
    """A picture with its id, and with what stays the same whatever it is called."""

    id: str
    pixels: str
    picture: Picture


class Shelf:
    """Pictures, up to so many bytes of pixels; the one that was asked for longest ago goes first."""

    def __init__(self, room: int) -> None:
        self._room = room
        self._held: dict[str, Held] = {}
        self.size = 0

    def __len__(self) -> int:
        return len(self._held)

    def put(self, picture: Picture) -> Held:
        """Hold a picture. The same pixels under the same name are the same picture."""
        pixels = hashlib.sha256(f"{picture.pixels.shape}".encode())
        pixels.update(picture.pixels.data)
        named = hashlib.sha256(
            pixels.digest() + repr((picture.name, picture.notes)).encode("utf-8", "replace")
        )
        held = Held(named.hexdigest()[:32], pixels.hexdigest(), picture)
        if held.id not in self._held:
            self.size += picture.pixels.nbytes
        self._held.pop(held.id, None)
        self._held[held.id] = held
        while self.size > self._room and len(self._held) > 1:
            self.size -= self._held.pop(next(iter(self._held))).picture.pixels.nbytes
        return held

    def find(self, id: str) -> Held:
        """The picture with this id.

        Raises:
            GoneError: it is not held.
        """
        held = self._held.pop(id, None)
        if held is None:
            raise GoneError
        self._held[id] = held
        return held


class Few(Generic[K, V]):
    """The few things that were asked for last; the others are made again when they are wanted."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._kept: dict[K, V] = {}

    def find(self, key: K, make: Callable[[], V]) -> V:
        """What belongs to the key."""
        found = self._kept.pop(key, None)
        self._kept[key] = make() if found is None else found
        if len(self._kept) > self._most:
            del self._kept[next(iter(self._kept))]
        return self._kept[key]
