"""The same pattern, moved: what a dense and a convolutional network make of it."""

import numpy as np
import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor, nn

from tapetum.progress import stage
from tapetum.results import Learner, ShiftTrial

_SIZE, _PATTERN, _SEEN = 16, 5, 6
_COPIES, _ASKED = 8, 8
_NOISE = 0.1
_STEPS = 60

PATTERNS = {
    "plus": np.array(
        [[0, 0, 1, 0, 0], [0, 0, 1, 0, 0], [1, 1, 1, 1, 1], [0, 0, 1, 0, 0], [0, 0, 1, 0, 0]], float
    ),
    "cross": np.array(
        [[1, 0, 0, 0, 1], [0, 1, 0, 1, 0], [0, 0, 1, 0, 0], [0, 1, 0, 1, 0], [1, 0, 0, 0, 1]], float
    ),
}


def shift_trial(*, seed: int = 0) -> ShiftTrial:
    """Train two networks alike on patterns in one corner, and ask them everywhere.

    Pictures of 16 × 16 pixels show a plus or a cross of 5 × 5 with noise. In training it lies at the 36
    places of the upper left corner. A dense network (256 → 32 → 2) has a weight for every pixel; a
    convolutional one (8 filters of 5 × 5, the largest answer of each, → 2) looks for the same everywhere.
    Both see the same pictures, with the same optimiser.

    Args:
        seed: of the noise and of the first weights.

    Example:
        >>> found = shift_trial(seed=0)
        >>> found.convolutional.elsewhere > 0.95 > found.dense.elsewhere
        True
    """
    chance = np.random.default_rng(seed)
    places = _SIZE - _PATTERN + 1
    trained = np.zeros((places, places), bool)
    trained[:_SEEN, :_SEEN] = True
    pictures, labels = _drawn(trained, _COPIES, chance)
    asked, wanted = _drawn(np.ones_like(trained), _ASKED, chance)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        networks = {
            "dense": nn.Sequential(nn.Flatten(), nn.Linear(_SIZE**2, 32), nn.ReLU(), nn.Linear(32, 2)),
            "convolutional": nn.Sequential(
                nn.Conv2d(1, 8, _PATTERN), nn.ReLU(), nn.AdaptiveMaxPool2d(1), nn.Flatten(), nn.Linear(8, 2)
            ),
        }
    found = {}
    for name, network in networks.items():
        _train(name, network, pictures, labels)
        with torch.no_grad():
            right = (network(asked).argmax(1) == wanted).double()
        shares = right.reshape(2, _ASKED, places, places).mean((0, 1)).numpy()
        parameters = sum(weight.numel() for weight in network.parameters())
        found[name] = Learner(
            name, parameters, shares, float(shares[trained].mean()), float(shares[~trained].mean())
        )
    return ShiftTrial(
        found["dense"], found["convolutional"], trained, ("plus", "cross"), pictures=len(pictures)
    )


def _drawn(
    where: Bool[np.ndarray, "rows columns"], copies: int, chance: np.random.Generator
) -> tuple[Float[Tensor, "pictures 1 size size"], Int[Tensor, " pictures"]]:
    """Both patterns at all these places, each several times with other noise: pattern, copy, place."""
    spots = np.argwhere(where)
    values = chance.normal(0, _NOISE, (2, copies, len(spots), _SIZE, _SIZE))
    for label, pattern in enumerate(PATTERNS.values()):
        for spot, (row, column) in enumerate(spots):
            values[label, :, spot, row : row + _PATTERN, column : column + _PATTERN] += pattern
    labels = np.repeat([0, 1], copies * len(spots))
    return torch.from_numpy(values.reshape(-1, 1, _SIZE, _SIZE)).float(), torch.from_numpy(labels)


def _train(
    name: str,
    network: nn.Module,
    pictures: Float[Tensor, "pictures 1 size size"],
    labels: Int[Tensor, " pictures"],
) -> None:
    """Adam on all pictures at once."""
    optimiser = torch.optim.Adam(network.parameters(), lr=0.01)
    with stage(f"Training the {name} network", _STEPS) as advance:
        for _ in range(_STEPS):
            optimiser.zero_grad()
            loss: Tensor = nn.functional.cross_entropy(network(pictures), labels)
            loss.backward()  # type: ignore[no-untyped-call]
            optimiser.step()
            advance(1)
