"""The labels of ImageNet's classes, as timm carries them."""

from collections import Counter

from tapetum.models.torchvision_import import import_timm

ONE_THOUSAND = "imagenet-1k"


def imagenet_labels(subset: str = ONE_THOUSAND) -> tuple[str, ...]:
    """One label per class: the first name that WordNet gives it.

    Among the thousand, crane (134, 517) and maillot (638, 639) occur twice, as they always did. In the larger
    sets, where hundreds of first names are shared, those classes keep all their names.

    Example:
        >>> labels = imagenet_labels()
        >>> len(labels), labels[281], labels[282], labels[285]
        (1000, 'tabby', 'tiger cat', 'Egyptian cat')
    """
    names: list[str] = import_timm().data.ImageNetInfo(subset).label_descriptions()
    first = [name.split(", ")[0] for name in names]
    if subset == ONE_THOUSAND:
        return tuple(first)
    count = Counter(first)
    return tuple(short if count[short] == 1 else name for short, name in zip(first, names, strict=True))
