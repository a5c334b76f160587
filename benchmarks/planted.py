"""Pictures in which the evidence is known: a shape that alone decides the class, planted on photographs."""

from dataclasses import dataclass

import numpy as np
import torch
import torch.nn.functional as F
from PIL import Image
from skimage import draw
from torch import Tensor, nn

import tapetum
from tapetum.network import Network
from tapetum.pictures import SAMPLES

SHAPES = ("disc", "square", "triangle", "cross")
SIDE = 64
_LEAST, _MOST = 14, 22
_STEPS, _BATCH = 400, 64


@dataclass(frozen=True, eq=False)
class Planted:
    """Pictures in −1 to 1, the class of each, where its shape lies, and the same photographs without it."""

    pictures: Tensor
    classes: Tensor
    masks: Tensor
    bare: Tensor


def planted(count: int, seed: int) -> Planted:
    """Crops of the sample photographs, mirrored or not, each with one shape at a random place.

    Size, place, colour and photograph are drawn alike for all classes, so that the shape alone tells. A shape
    is brighter than dark surroundings and darker than bright ones, so that it can be seen.
    """
    chance = np.random.default_rng(seed)
    photographs = [tapetum.sample(name).image.convert("RGB") for name in SAMPLES]
    bare = np.stack([_crop(photographs[chance.integers(len(photographs))], chance) for _ in range(count)])
    classes = chance.integers(len(SHAPES), size=count)
    pictures, masks = bare.copy(), np.zeros((count, SIDE, SIDE), bool)
    for place in range(count):
        side = int(chance.integers(_LEAST, _MOST, endpoint=True))
        top, left = chance.integers(0, SIDE - side, size=2, endpoint=True)
        where = (slice(top, top + side), slice(left, left + side))
        shape = _shape(SHAPES[classes[place]], side)
        mean = float(bare[place][where].mean())
        step = chance.uniform(0.35, 0.6) * (1 if mean < 0.5 else -1)
        colour = np.clip(mean + step + chance.uniform(-0.15, 0.15, 3), 0, 1).astype(np.float32)
        pictures[place][where][shape] = 0.1 * pictures[place][where][shape] + 0.9 * colour
        masks[place][where] = True
    as_batch = [
        torch.from_numpy(2 * array - 1).permute(0, 3, 1, 2).contiguous() for array in (pictures, bare)
    ]
    return Planted(as_batch[0], torch.from_numpy(classes), torch.from_numpy(masks), as_batch[1])


def _crop(photograph: Image.Image, chance: np.random.Generator) -> np.ndarray:
    side = int(chance.integers(SIDE, min(photograph.size), endpoint=True))
    left, top = (int(chance.integers(0, size - side, endpoint=True)) for size in photograph.size)
    small = photograph.resize((SIDE, SIDE), Image.Resampling.BILINEAR, (left, top, left + side, top + side))
    values = np.asarray(small, np.float32) / 255
    return (values[:, ::-1] if chance.random() < 0.5 else values).copy()


def _shape(name: str, side: int) -> np.ndarray:
    """True where the shape is, in a square that it fills to its edges."""
    found = np.zeros((side, side), bool)
    middle, last = (side - 1) / 2, side - 1
    if name == "square":
        found[:] = True
    elif name == "disc":
        found[draw.disk((middle, middle), side / 2, shape=found.shape)] = True
    elif name == "triangle":
        found[draw.polygon([0, last, last], [middle, 0, last], shape=found.shape)] = True
    else:
        arm = round(side / 3)
        found[arm : side - arm] = True
        found[:, arm : side - arm] = True
    return found


class Small(nn.Module):
    """Four convolutions with batch-norm, the first with stride 2, global average pooling, a linear head."""

    def __init__(self) -> None:
        super().__init__()
        self.features = nn.Sequential(
            *(nn.Conv2d(3, 16, 5, 2, 2), nn.BatchNorm2d(16), nn.ReLU()),
            *(nn.Conv2d(16, 32, 3, 1, 1), nn.BatchNorm2d(32), nn.ReLU(), nn.MaxPool2d(2)),
            *(nn.Conv2d(32, 64, 3, 1, 1), nn.BatchNorm2d(64), nn.ReLU(), nn.MaxPool2d(2)),
            *(nn.Conv2d(64, 64, 3, 1, 1), nn.BatchNorm2d(64), nn.ReLU()),
        )
        self.head = nn.Linear(64, len(SHAPES))

    def forward(self, x: Tensor) -> Tensor:
        return self.head(self.features(x).mean((2, 3)))


def trained(seed: int = 0, steps: int = _STEPS) -> nn.Module:
    """The small network, trained on planted pictures until it uses the shapes."""
    pool = planted(steps * _BATCH // 5, seed + 1)
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        module = Small().to(memory_format=torch.channels_last)
        optimiser = torch.optim.AdamW(module.parameters(), lr=4e-3, weight_decay=1e-3)
        schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, 4e-3, total_steps=steps)
        for _ in range(steps):
            chosen = torch.randint(len(pool.pictures), (_BATCH,))
            pictures = pool.pictures[chosen].contiguous(memory_format=torch.channels_last)
            pictures = pictures.flip(3) if torch.rand(()) < 0.5 else pictures
            loss = F.cross_entropy(module(pictures), pool.classes[chosen])
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()
            schedule.step()
    return module.eval()


def network(module: nn.Module) -> Network:
    """The trained module, captured."""
    return tapetum.load(module, input_shape=(3, SIDE, SIDE), mean=0.5, std=0.5, labels=list(SHAPES))


@torch.no_grad()
def accuracy(module: nn.Module, pictures: Tensor, classes: Tensor) -> float:
    """The share of pictures whose class the module names."""
    return float((module(pictures).argmax(1) == classes).float().mean())
