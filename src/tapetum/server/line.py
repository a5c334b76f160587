"""A waiting line that is fair: who asks often waits as long as who asks once."""

from collections import deque
from typing import Generic, TypeVar

T = TypeVar("T")


class Line(Generic[T]):
    """Things that wait, each behind its client's own; clients take turns.

    Example:
        >>> line = Line[str]()
        >>> for client, thing in [("a", "a1"), ("a", "a2"), ("b", "b1")]:
        ...     line.join(client, thing)
        >>> [line.next() for _ in range(len(line))]
        ['a1', 'b1', 'a2']
    """

    def __init__(self) -> None:
        self._waiting: dict[str, deque[T]] = {}

    def __len__(self) -> int:
        return sum(map(len, self._waiting.values()))

    def join(self, client: str, thing: T) -> None:
        """Wait behind this client's other things."""
        self._waiting.setdefault(client, deque()).append(thing)

    def next(self) -> T:
        """The first thing of the client whose turn it is, who then goes to the end of the line."""
        client = next(iter(self._waiting))
        own = self._waiting.pop(client)
        thing = own.popleft()
        if own:
            self._waiting[client] = own
        return thing

    def leave(self, client: str, thing: T) -> bool:
        """Wait no more; False for what did not."""
        own = self._waiting.get(client, deque())
        if thing not in own:
            return False
        own.remove(thing)
        if not own:
            del self._waiting[client]
        return True
