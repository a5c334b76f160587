"""What is explained: a class, a difference of two, or any function of the logits."""

import difflib
import operator
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

from tapetum.errors import TargetError
from tapetum.results import Target

# For the type checker, what one target may be: a class index, a label, a difference of two labels, a function
# of the logits, or None for the predicted class. At run time it is anything: `resolve` itself looks at the
# value and says in its own words what is wrong with it.
if TYPE_CHECKING:
    TargetLike = int | str | Callable[[Tensor], Tensor] | None
else:
    TargetLike = object

_MINUS = re.compile(r"(?<=\s)[-−](?=\s)")


NO_SLOPE = (
    "The target function's result does not depend on the logits by a derivative. "
    "Compute it from them with torch operations, without detach, argmax or item()."
)


@dataclass(frozen=True, eq=False)
class Targets:
    """One target per picture, and the number that each gives to a picture's logits."""

    items: tuple[Target, ...]
    function: Callable[[Tensor], Tensor] | None = None

    def score(self, logits: Float[Tensor, "batch classes"]) -> Float[Tensor, " batch"]:
        """The value that is explained, one per picture, differentiable in the logits.

        Raises:
            TargetError: a custom function does not give one number per picture.
        """
        if self.function is not None:
            scores = self.function(logits)
            return _one_per_picture(scores, len(logits))
        both = class_logits(logits)
        plus = torch.tensor([item.indices[0] for item in self.items], device=logits.device)
        scores = both.gather(1, plus[:, None])[:, 0]
        minus = [item.indices[1] if item.kind == "difference" else -1 for item in self.items]
        if any(index >= 0 for index in minus):
            taken = torch.tensor([max(index, 0) for index in minus], device=logits.device)
            used = torch.tensor(
                [float(index >= 0) for index in minus], device=logits.device, dtype=both.dtype
            )
            scores = scores - both.gather(1, taken[:, None])[:, 0] * used
        return scores

    def __len__(self) -> int:
        return len(self.items)

    def slope(self, logits: Float[Tensor, "batch classes"]) -> Float[Tensor, "batch classes"]:
        """The derivative of the score with respect to the logits.

        Raises:
            TargetError: a custom function does not depend on the logits by a derivative.
        """
        with torch.enable_grad():
            leaf = logits.detach().requires_grad_()
            score = self.score(leaf)
            if not score.requires_grad:
                raise TargetError(NO_SLOPE)
            return torch.autograd.grad(score.sum(), leaf)[0]

    def __getitem__(self, places: slice) -> "Targets":
        return Targets(self.items[places], self.function)

    def at(self, pictures: Sequence[int]) -> "Targets":
        """The targets of these pictures, in this order; one may come several times."""
        return Targets(tuple(self.items[picture] for picture in pictures), self.function)


@dataclass(frozen=True, eq=False)
class Aim:
    """What is explained of each picture of a batch: its logits, its target, and who computed them."""

    logits: Float[Tensor, "batch outputs"]
    targets: Targets
    engine: str = "torch"

    @property
    def score(self) -> Float[Tensor, " batch"]:
        """The value of each picture's target."""
        return self.targets.score(self.logits)


def _one_per_picture(scores: Any, pictures: int) -> Float[Tensor, " batch"]:
    if isinstance(scores, Tensor) and scores.shape == (pictures,) and scores.is_floating_point():
        return scores
    is_tensor = isinstance(scores, Tensor)
    seen = f"{scores.dtype} of shape {tuple(scores.shape)}" if is_tensor else f"a {type(scores).__name__}"
    raise TargetError(
        f"The target function gave {seen} for {pictures} pictures. "
        "It must map logits of shape (batch, classes) to one number per picture, with a fraction."
    )


def class_logits(logits: Float[Tensor, "batch outputs"]) -> Float[Tensor, "batch classes"]:
    """One logit per class: a network with the one logit z scores class 1 with +z and class 0 with −z."""
    return torch.cat([-logits, logits], 1) if logits.shape[1] == 1 else logits


def resolve(
    target: "TargetLike | Sequence[TargetLike] | Tensor | np.ndarray | Targets",
    labels: Sequence[str],
    logits: Float[Tensor, "batch outputs"],
) -> Targets:
    """The target of each picture of a batch with these logits.

    Raises:
        TargetError: not a class of this network, an ambiguous label, or the wrong count for the batch.
    """
    count = len(logits)
    if isinstance(target, Targets):
        return target
    if callable(target):
        name = getattr(target, "__name__", type(target).__name__)
        return Targets((Target(name, (), "custom"),) * count, target)
    if isinstance(target, Tensor | np.ndarray):
        target = target.tolist()
    if isinstance(target, list | tuple):
        _check_count(len(target), count)
        if any(callable(t) for t in target):
            raise TargetError(
                "A list of targets holds a function. "
                "Give one function for the whole batch, or classes in a list."
            )
        wanted: Sequence[Any] = target
    else:
        wanted = [target] * count
    predicted = class_logits(logits).argmax(1).tolist()
    return Targets(tuple(_one(t, labels, p) for t, p in zip(wanted, predicted, strict=True)))


def of_pictures(target: Any, places: slice, count: int) -> Any:
    """What of a target for `count` pictures, not yet resolved, concerns those at `places`.

    Raises:
        TargetError: there is one for each picture, but not as many as pictures.
    """
    if isinstance(target, list | tuple | Tensor | np.ndarray) and np.ndim(target) > 0:
        _check_count(len(target), count)
        return target[places]
    return target[places] if isinstance(target, Targets) else target


def _check_count(targets: int, count: int) -> None:
    if targets != count:
        raise TargetError(
            f"There are {targets} targets for {count} picture{'s' if count != 1 else ''}. Give one "
            "for all pictures, or one for each; several per picture go through explain(targets=[…])."
        )


def _one(target: Any, labels: Sequence[str], predicted: int) -> Target:
    if target is None:
        return Target(labels[predicted], (predicted,))
    if isinstance(target, str):
        return find_target(target, labels)
    try:
        index = operator.index(target)
    except TypeError:
        index = None
    if index is None or isinstance(target, bool):
        raise TargetError(
            f"The target {target!r} is not a class. Give a whole number from 0 to {len(labels) - 1}, "
            "a label, a difference 'one - other', or a function of the logits."
        )
    return Target(labels[_checked(index, labels)], (index,))


def find_target(text: str, labels: Sequence[str]) -> Target:
    """The class, or the difference of two classes, that a text means.

    A label may itself hold " - ": the text is a difference where both of its sides mean a class.

    Raises:
        TargetError: nothing fits, or several labels do.
    """
    sides = [(text[: gap.start()].strip(), text[gap.end() :].strip()) for gap in _MINUS.finditer(text)]
    if len(_fitting(text, labels)) != 1 and sides:
        known = [both for both in sides if all(_is_known(side, labels) for side in both)]
        plus, minus = (known or sides)[0]
        first, second = find_index(plus, labels), find_index(minus, labels)
        return Target(f"{labels[first]} − {labels[second]}", (first, second), "difference")
    index = find_index(text, labels)
    return Target(labels[index], (index,))


def _is_known(text: str, labels: Sequence[str]) -> bool:
    number = re.fullmatch(r"\d{1,9}", text)
    return len(_fitting(text, labels)) == 1 or (number is not None and int(text) < len(labels))


def find_index(text: str, labels: Sequence[str]) -> int:
    """The index of the one class that a text means: an exact label, an index, or the start of one label only.

    Raises:
        TargetError: nothing fits, or several labels do.
    """
    fitting = _fitting(text, labels)
    if len(fitting) == 1:
        return fitting[0]
    if len(fitting) > 1:
        listed = ", ".join(f"{i} ({labels[i]})" for i in fitting[:5]) + (", …" if len(fitting) > 5 else "")
        raise TargetError(
            f"The target {text!r} fits {len(fitting)} classes: {listed}. Give the index of one."
        )
    if re.fullmatch(r"[-+]?\d{1,18}", text.strip()):
        return _checked(int(text), labels)
    lowered = {label.lower(): label for label in labels}
    near = [lowered[n] for n in difflib.get_close_matches(text.lower(), lowered, n=4, cutoff=0.5)]
    hint = (
        f"The nearest labels are: {', '.join(near)}." if near else f"There are {len(labels)} classes, from 0."
    )
    raise TargetError(f"No class is called {text!r}. {hint}")


def _fitting(text: str, labels: Sequence[str]) -> list[int]:
    wanted = " ".join(text.lower().split())
    if not wanted:
        return []
    plain = [" ".join(label.lower().split()) for label in labels]
    exact = [i for i, label in enumerate(plain) if label == wanted]
    if exact or wanted.isdigit():
        return exact
    starting = [i for i, label in enumerate(plain) if label.startswith(wanted)]
    if len(starting) == 1 and plain[starting[0]][len(wanted)].isalnum():
        # "cat" starts catamaran alone, but whoever types it may mean one of the cats.
        whole = re.compile(rf"\b{re.escape(wanted)}\b")
        starting += [i for i, label in enumerate(plain) if whole.search(label)]
    return sorted(starting)


def _checked(index: int, labels: Sequence[str]) -> int:
    if not 0 <= index < len(labels):
        raise TargetError(f"There is no class {index}. The network has the classes 0 to {len(labels) - 1}.")
    return index
