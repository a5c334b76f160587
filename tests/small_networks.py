"""Small networks with the habits of real ones: each is one way in which people write a forward."""

import torch
import torch.nn.functional as F
from torch import Tensor, nn


class Plain(nn.Module):
    """Two convolutions with batch-norm, pooling, a linear head; functional activations in place."""

    def __init__(self, channels: int = 3, classes: int = 5, width: int = 8) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(channels, width, 3, padding=1)
        self.bn1 = nn.BatchNorm2d(width)
        self.conv2 = nn.Conv2d(width, 2 * width, 3, stride=2, padding=1, bias=False)
        self.bn2 = nn.BatchNorm2d(2 * width)
        self.fc = nn.Linear(2 * width, classes)

    def features(self, x: Tensor) -> Tensor:
        x = F.relu(self.bn1(self.conv1(x)), inplace=True)
        return F.relu(self.bn2(self.conv2(x)), inplace=True)

    def forward(self, x: Tensor) -> Tensor:
        return self.fc(self.features(x).mean((2, 3)))


class Residual(nn.Module):
    """Two residual blocks with shortcuts around them, and a concatenation of early and late values."""

    def __init__(self, classes: int = 4) -> None:
        super().__init__()
        self.stem = nn.Conv2d(3, 8, 3, padding=1)
        self.bn = nn.BatchNorm2d(8)
        self.block1 = nn.Sequential(nn.Conv2d(8, 8, 3, padding=1), nn.BatchNorm2d(8), nn.ReLU(inplace=True))
        self.block2 = nn.Sequential(nn.Conv2d(8, 8, 3, padding=1), nn.BatchNorm2d(8), nn.ReLU(inplace=True))
        self.gate = nn.Conv2d(8, 8, 1)
        self.head = nn.Linear(16, classes)

    def forward(self, x: Tensor) -> Tensor:
        x = F.relu(self.bn(self.stem(x)))
        early = x
        x = x + self.block1(x)
        x = F.relu(x + self.block2(x))
        x = x * torch.sigmoid(self.gate(x.mean((2, 3), keepdim=True)))
        return self.head(torch.cat([x, early], 1).mean((2, 3)))


class Reused(nn.Module):
    """One convolution and one activation, each called twice."""

    def __init__(self) -> None:
        super().__init__()
        self.conv = nn.Conv2d(3, 3, 3, padding=1)
        self.relu = nn.ReLU(inplace=True)
        self.fc = nn.Linear(3, 4)

    def forward(self, x: Tensor) -> Tensor:
        x = self.relu(self.conv(x))
        x = self.relu(self.conv(x))
        return self.fc(x.mean((2, 3)))


class Several(nn.Module):
    """Returns several tensors, in a tuple or in a dict."""

    def __init__(self, *, names: bool) -> None:
        super().__init__()
        self.body, self.other = Plain(classes=5), nn.Linear(16, 3)
        self.names = names

    def forward(self, x: Tensor) -> tuple[Tensor, ...] | dict[str, Tensor]:
        maps = self.body.features(x)
        pooled = maps.mean((2, 3))
        first, second = self.body.fc(pooled), self.other(pooled)
        return {"maps": maps, "aux": second, "logits": first} if self.names else (maps, second, first)


class OneLogit(nn.Module):
    """One number per picture: as a column, squeezed, or after a sigmoid."""

    def __init__(self, *, sigmoid: bool = False, squeeze: bool = False) -> None:
        super().__init__()
        self.body = Plain(classes=1)
        self.sigmoid, self.squeeze = sigmoid, squeeze

    def forward(self, x: Tensor) -> Tensor:
        z = self.body(x)
        z = torch.sigmoid(z) if self.sigmoid else z
        return z.squeeze(1) if self.squeeze else z


class Flat(nn.Module):
    """28 × 28 grey digits: pooling, flatten, linear, as every first course has it."""

    def __init__(self, classes: int = 10) -> None:
        super().__init__()
        self.layers = nn.Sequential(
            nn.Conv2d(1, 6, 5, padding=2),
            nn.ReLU(),
            nn.MaxPool2d(2),
            nn.Conv2d(6, 12, 5),
            nn.ReLU(),
            nn.MaxPool2d(2),
            nn.Flatten(),
            nn.Linear(12 * 5 * 5, 32),
            nn.ReLU(),
            nn.Dropout(0.5),
            nn.Linear(32, classes),
        )

    def forward(self, x: Tensor) -> Tensor:
        return self.layers(x)


class ConvolutionHead(nn.Module):
    """The verdict comes from a 1×1 convolution, pooled after it."""

    def __init__(self) -> None:
        super().__init__()
        self.body = nn.Sequential(nn.Conv2d(3, 8, 3, stride=2), nn.ReLU())
        self.head = nn.Conv2d(8, 6, 1)
        self.pool = nn.AdaptiveAvgPool2d(1)

    def forward(self, x: Tensor) -> Tensor:
        return self.pool(self.head(self.body(x)))


class Ending(nn.Module):
    """Ends in an activation that turns logits into probabilities."""

    def __init__(self, ending: nn.Module) -> None:
        super().__init__()
        self.body, self.ending = Plain(), ending

    def forward(self, x: Tensor) -> Tensor:
        return self.ending(self.body(x))


class PinnedBatch(nn.Module):
    """Writes its batch size into a view, so that no other is accepted."""

    def __init__(self, batch: int) -> None:
        super().__init__()
        self.body, self.batch = Residual(), batch

    def forward(self, x: Tensor) -> Tensor:
        return self.body(x.view(self.batch, 3, x.shape[2], x.shape[3]))


class WritesThroughViews(nn.Module):
    """Changes a slice of a value, and then reads the value."""

    def __init__(self) -> None:
        super().__init__()
        self.conv, self.bn, self.fc = nn.Conv2d(3, 8, 3), nn.BatchNorm2d(8), nn.Linear(8, 4)

    def forward(self, x: Tensor) -> Tensor:
        x = self.bn(self.conv(x))
        x[:, :2].mul_(2.0)
        x[:, 3] = 0.0
        flat = x.flatten(2)
        x.relu_()
        return self.fc(flat.mean(2))


class Counts(nn.Module):
    """A buffer that every forward pass changes."""

    def __init__(self) -> None:
        super().__init__()
        self.body = Plain()
        self.register_buffer("calls", torch.zeros(()))

    def forward(self, x: Tensor) -> Tensor:
        self.calls += 1
        return self.body(x) * self.calls


class BatchStatistics(nn.Module):
    """Batch-norm that uses, and updates, statistics also in evaluation."""

    def __init__(self) -> None:
        super().__init__()
        self.conv, self.bn, self.fc = nn.Conv2d(3, 8, 3), nn.BatchNorm2d(8), nn.Linear(8, 4)

    def forward(self, x: Tensor) -> Tensor:
        x = F.batch_norm(self.conv(x), self.bn.running_mean, self.bn.running_var, training=True)
        return self.fc(F.relu(x).mean((2, 3)))


class HiddenList(nn.Module):
    """Keeps modules in a plain list, where torch does not see them."""

    def __init__(self) -> None:
        super().__init__()
        self.hidden = [nn.Conv2d(3, 8, 3), nn.BatchNorm2d(8).eval()]
        self.fc = nn.Linear(8, 4)

    def forward(self, x: Tensor) -> Tensor:
        for module in self.hidden:
            x = module(x)
        return self.fc(F.relu(x).mean((2, 3)))


class Branches(nn.Module):
    """Looks at a pixel value before it decides what to compute."""

    def __init__(self) -> None:
        super().__init__()
        self.body = Plain()

    def forward(self, x: Tensor) -> Tensor:
        if x.mean() > 0:  # the capture stops here
            return self.body(x)
        return -self.body(x)


class AlwaysDrops(nn.Module):
    """Dropout that evaluation mode does not switch off."""

    def __init__(self) -> None:
        super().__init__()
        self.body = Plain()

    def forward(self, x: Tensor) -> Tensor:
        return F.dropout(self.body(x), 0.5, training=True)


class NoPlaces(nn.Module):
    """A network without rows and columns anywhere."""

    def __init__(self) -> None:
        super().__init__()
        self.layers = nn.Sequential(nn.Flatten(), nn.Linear(3 * 8 * 8, 16), nn.ReLU(), nn.Linear(16, 3))

    def forward(self, x: Tensor) -> Tensor:
        return self.layers(x)


def seeded(model: nn.Module, seed: int = 0) -> nn.Module:
    """The model in evaluation mode, with weights, and statistics of its batch-norms, drawn from a seed."""
    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for name, value in [*model.named_parameters(), *model.named_buffers()]:
            if not value.is_floating_point() or name.endswith("calls"):
                continue
            drawn = torch.randn(value.shape, generator=generator, dtype=torch.float32)
            fan = value[0].numel() if value.dim() > 1 else 1
            positive = name.endswith("running_var") or ("bn" in name and name.endswith("weight"))
            new = 0.5 + drawn.abs() if positive else drawn * (2.0 / fan) ** 0.5 if fan > 1 else drawn * 0.1
            value.copy_(new.to(value.dtype))
    return model.eval()


def noise(shape: tuple[int, ...], seed: int = 1, dtype: torch.dtype = torch.float32) -> Tensor:
    """A batch drawn from a seed."""
    return torch.randn(shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64).to(dtype)
