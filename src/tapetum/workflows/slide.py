"""A picture under a network, ready to be looked at again and again."""

import time
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

from tapetum.workflows.explain import explained

if TYPE_CHECKING:
    import numpy as np
    from jaxtyping import Float

    from tapetum.features import Seeing
    from tapetum.network import Inputs, Network
    from tapetum.network.arithmetic import Ledger
    from tapetum.pictures import Picture
    from tapetum.results import (
        Arithmetic,
        ChannelView,
        Contributions,
        Evidence,
        Heatmap,
        Histogram,
        LayerSheet,
        Prediction,
        ReceptiveField,
        StageMap,
    )


@dataclass(frozen=True)
class SheetView:
    """The feature maps of a layer, and what each row and column of them can see of the network's input.

    `rows` and `columns` are (first, last + 1) in pixels, also beyond the picture's edge; None where the layer
    has no positions. `exact`: whether they may see less.
    """

    sheet: "LayerSheet"
    rows: tuple[tuple[int, int], ...] | None
    columns: tuple[tuple[int, int], ...] | None
    exact: bool


@dataclass(frozen=True, eq=False)
class Slide:
    """One picture as one network's input, with what is worth keeping while somebody looks at it.

    Every method answers as the function of the same name does for the picture.
    """

    network: "Network"
    inputs: "Inputs"
    _seeing: "dict[str, Seeing]" = field(default_factory=dict, init=False)

    def look(self, top: int = 5) -> "tuple[Prediction, tuple[StageMap, ...]]":
        """The strongest classes, and the strongest map of every stage, from one pass."""
        predictions, _, stages = explained(self.network, self._now(), [], [], top)
        return predictions[0], stages[0]

    def heatmap(self, method: str, options: Mapping[str, Any], target: Any = None) -> "Heatmap":
        """What the method with this key says.

        Raises:
            TapetumError: an unknown method, an option or a target that is wrong.
        """
        from tapetum.registry import METHODS

        return METHODS[method](self.network, self._now(), target, **options)

    def sheet(self, layer: str) -> SheetView:
        """The feature maps of a layer, all of them.

        Raises:
            LayerError: an unknown layer, or one without channels.
        """
        from tapetum.features import feature_maps

        network, found = self.network, self.network.layer(layer)
        maps = feature_maps(network, self.inputs.batch, found.name)
        if found.places is None:
            return SheetView(maps, None, None, found.exact)
        down = [network.field(found, row, 0)[0] for row in range(found.places.rows)]
        across = [network.field(found, 0, column)[0] for column in range(found.places.columns)]
        return SheetView(
            maps,
            tuple((box.top, box.bottom) for box in down),
            tuple((box.left, box.right) for box in across),
            found.exact,
        )

    def contributions(self, layer: str, target: Any = None) -> "Contributions":
        """What each channel of a layer gives to the target."""
        from tapetum.features import contributions

        return contributions(self.network, self.inputs, layer, target)

    def channel(self, layer: str, channel: int) -> "ChannelView":
        """One channel, looked at closely."""
        from tapetum.features import channel_view

        return channel_view(self.network, self.inputs, layer, channel)

    def arithmetic(self, layer: str, channel: int, row: int | None, column: int | None) -> "Arithmetic":
        """One number written out; the values that it is computed from are kept for the next one."""
        from tapetum.results import Unit

        return self._ledger.arithmetic(self.network.layer(layer), Unit(layer, channel, row, column))

    def receptive_field(
        self, layer: str, row: int | None, column: int | None, channel: int | None
    ) -> "ReceptiveField":
        """What a position can see, and what it does see of this picture.

        The pass to the layer is kept for the next position of it.
        """
        from tapetum.features import field_of, seeing

        name = self.network.layer(layer).name
        if name not in self._seeing:
            self._seeing.clear()
            self._seeing[name] = seeing(self.network, self.inputs, name)
        return field_of(self.network, self._seeing[name], row, column, channel)

    def evidence(self, target: Any = None, width: int = 3) -> "Evidence":
        """The way back from the verdict to places of the picture."""
        from tapetum.features import evidence

        return evidence(self.network, self.inputs.batch, target, width=width)

    @cached_property
    def _ledger(self) -> "Ledger":
        return self.network.ledger(self.inputs)

    def _now(self) -> "Inputs":
        """The inputs, from which on time counts."""
        return replace(self.inputs, started=time.perf_counter())


def slide(network: "Network", picture: "Picture") -> Slide:
    """A picture under a network.

    Example:
        >>> import tapetum
        >>> found = slide(tapetum.load("lite0", size=64, engine="torch"), tapetum.sample("cat"))
        >>> found.arithmetic("conv_stem", 0, 3, 3).agrees
        True
    """
    return Slide(network, network.inputs(picture))


def histogram(
    values: "Float[np.ndarray, 'picture channel rows columns']", layer: str, channel: int
) -> "Histogram":
    """How one channel's values spread over those pictures."""
    from tapetum import features

    return features.histogram(values, layer, channel)


def sample_values(network: "Network", layer: str) -> "Float[np.ndarray, 'picture channel rows columns']":
    """The maps of a layer on the sample photographs.

    Raises:
        LayerError: an unknown layer.
    """
    from tapetum.features import channel_values
    from tapetum.pictures import SAMPLES, sample

    return channel_values(network, [sample(name) for name in SAMPLES], layer)
