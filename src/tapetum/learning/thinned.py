"""A list that never grows beyond a limit, however much is put into it."""

from collections.abc import Callable, Iterator, Sequence
from typing import Generic, TypeVar

Item = TypeVar("Item")


class Thinned(Generic[Item]):
    """A list of at most `most` items that covers everything from the first to the last.

    When it is full, every second item goes, and from then on only half as many are taken: items lie `stride`
    apart. The newest one is always there too, until another takes its place.

    Attributes:
        stride: how far apart the items are that stay.
        since: how many came after the last one that stays.

    Example:
        >>> held = Thinned(4)
        >>> for number in range(11):
        ...     held.append(number)
        >>> list(held), held.stride
        ([0, 4, 8, 10], 4)
    """

    def __init__(self, most: int, items: Sequence[Item] = (), stride: int = 1, since: int = 0) -> None:
        self.most, self.stride, self.since = most, stride, since
        end = len(items) - (since > 0)
        self._kept, self._newest = list(items[:end]), list(items[end:])

    def __iter__(self) -> Iterator[Item]:
        return iter([*self._kept, *self._newest])

    def __len__(self) -> int:
        return len(self._kept) + len(self._newest)

    def append(self, item: Item) -> None:
        """Put one more in."""
        if not self._kept:
            self._kept.append(item)
            return
        self.since += 1
        self._newest = [item]
        if self.since == self.stride:
            self._kept.append(item)
            self._newest, self.since = [], 0
        while len(self) > self.most:
            self._thin()

    def cut(self, wanted: Callable[[Item], bool]) -> None:
        """Keep those at the beginning for which this is true; what comes next follows the last of them."""
        kept = [item for item in self if wanted(item)]
        self._kept, self._newest, self.since = kept, [], 0

    def _thin(self) -> None:
        last = self._newest or self._kept[-1:]
        lost = len(self._kept) % 2 == 0
        self._kept = self._kept[::2]
        self.since += self.stride if lost else 0
        self.stride *= 2
        self._newest = last if self.since else []
