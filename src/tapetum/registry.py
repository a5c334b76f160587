"""The table of methods: what differs between them stands here, and is asked of nothing else."""

import difflib
import inspect
import typing
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from tapetum.attribution.gradcam import gradcam
from tapetum.attribution.saliency import saliency
from tapetum.errors import MethodError
from tapetum.network import Network
from tapetum.results import Heatmap

Family = Literal["gradient", "path", "class activation", "relevance", "perturbation"]


@dataclass(frozen=True)
class Option:
    """One keyword-only parameter of a method, as the command line, the schema and the docs show it."""

    name: str
    kind: str
    default: Any
    choices: tuple[str, ...] = ()


@dataclass(frozen=True)
class Method:
    """One way to explain, callable like its function: `method(network, pictures, target=None, **options)`.

    `cost` counts passes per picture: F forward, B backward to the input, b backward of the head only, T
    forward of the head only. `signed`: negative values mean evidence against the target. `needs_layer`: works
    at a layer with rows and columns. `complete`: the values sum to the score, so that a residual is reported.
    `passes_back`: starts with a gradient with respect to the given picture itself, so that the
    forward pass is one that gradients can go back through.
    `quick`: options with which a quick comparison runs the method, where fewer samples will do.
    """

    key: str
    title: str
    function: Callable[..., Heatmap]
    family: Family
    cost: str
    signed: bool
    needs_layer: bool
    complete: bool
    reference: str
    passes_back: bool = False
    quick: Mapping[str, Any] = field(default_factory=dict)

    def __call__(self, network: Network, pictures: Any, target: Any = None, **options: Any) -> Heatmap:
        """Explain one or many pictures.

        Raises:
            MethodError: an option that this method does not have.
        """
        self.check(options)
        return self.function(network, pictures, target, **options)

    @property
    def options(self) -> tuple[Option, ...]:
        """The method's own options, read off its signature."""
        parameters = inspect.signature(self.function).parameters.values()
        return tuple(_option(p) for p in parameters if p.kind is inspect.Parameter.KEYWORD_ONLY)

    @property
    def summary(self) -> str:
        """The first line of the docstring."""
        return (inspect.getdoc(self.function) or "").splitlines()[0]

    def check(self, options: Mapping[str, Any]) -> None:
        """Raise MethodError for an option that this method does not have."""
        known = [option.name for option in self.options]
        for name in options:
            if name not in known:
                raise MethodError(
                    f"The method {self.key} has no option {name!r}. It has: {', '.join(known) or 'none'}."
                )

    def parse(self, given: Mapping[str, str]) -> dict[str, Any]:
        """Options typed as text, in the types of the signature.

        Raises:
            MethodError: an unknown option, or a text that is not of its type.
        """
        self.check(given)
        options = {option.name: option for option in self.options}
        return {name: _parsed(self.key, options[name], text) for name, text in given.items()}


METHODS: dict[str, Method] = {
    "saliency": Method(
        key="saliency",
        title="Saliency",
        function=saliency,
        family="gradient",
        cost="F + B",
        signed=False,
        needs_layer=False,
        complete=False,
        reference="Simonyan, Vedaldi, Zisserman 2013",
        passes_back=True,
    ),
    "gradcam": Method(
        key="gradcam",
        title="Grad-CAM",
        function=gradcam,
        family="class activation",
        cost="F + b",
        signed=True,
        needs_layer=True,
        complete=False,
        reference="Selvaraju et al. 2017",
    ),
}


def find_method(key: str) -> Method:
    """The method of this key.

    Raises:
        MethodError: there is none; the message lists the nearest keys.
    """
    if key in METHODS:
        return METHODS[key]
    near = difflib.get_close_matches(key.lower().replace("_", "-"), METHODS, n=3, cutoff=0.5) or list(METHODS)
    raise MethodError(
        f"There is no method {key!r}. The nearest are: {', '.join(near)}; `tapetum methods` lists all."
    )


def _option(parameter: inspect.Parameter) -> Option:
    annotation = parameter.annotation
    inner = [a for a in typing.get_args(annotation) if a is not type(None)]
    if typing.get_origin(annotation) is Literal:
        return Option(
            parameter.name, "choice", parameter.default, tuple(map(str, typing.get_args(annotation)))
        )
    plain = inner[0] if inner else annotation
    return Option(parameter.name, plain.__name__, parameter.default)


def _parsed(key: str, option: Option, text: str) -> Any:
    if option.kind == "choice":
        if text in option.choices:
            return text
        wanted = f"one of {', '.join(option.choices)}"
    else:
        readers: dict[str, Callable[[str], Any]] = {"int": int, "float": float, "str": str, "bool": _truth}
        try:
            return readers[option.kind](text)
        except ValueError:
            wanted = {"int": "a whole number", "float": "a number", "bool": "yes or no"}[option.kind]
    raise MethodError(f"{key}:{option.name} is {text!r}. Give {wanted}.")


def _truth(text: str) -> bool:
    words = {"yes": True, "true": True, "1": True, "no": False, "false": False, "0": False}
    if text.lower() not in words:
        raise ValueError(text)
    return words[text.lower()]
