"""SmoothGrad: the gradient averaged over noisy copies of the picture."""

from typing import Any

from tapetum.attribution.reductions import Reduction, checked_reduction, place, reduced
from tapetum.attribution.repeated import noisy_gradients
from tapetum.network import Network
from tapetum.options import at_least, between
from tapetum.results import Heatmap


def smoothgrad(
    network: Network,
    pictures: Any,
    target: Any = None,
    *,
    samples: int = 32,
    sigma: float = 0.15,
    reduction: Reduction = "max-abs",
    layer: str | None = None,
    seed: int = 0,
    memory: str | int = "1GiB",
) -> Heatmap:
    r"""How strongly each pixel moves the score, on average over noisy copies of the picture.

    \( S_{ij} = \max_c | \frac{1}{n} \sum_k \partial s / \partial x_{cij} (x + \varepsilon_k) |, \;
    \varepsilon_k \sim N(0, \sigma^2 (\max x - \min x)^2) \)

    Gradients are averaged with their signs and made one value per place after that: where they point to and
    fro, they cancel. Values are in score per unit of the network's input; "max-abs" and "norm" are
    sensitivities, at least 0, and "sum" keeps the sign. Without noise this is saliency.

    Use when:
        saliency is too noisy to read and some tens of passes are affordable.

    Misleads when:
        the noise is strong enough to change the verdict: then it explains other pictures than the one
        given. Its smoothness is no sign of faithfulness.

    Args:
        network: the captured classifier.
        pictures: one or many pictures, or a prepared batch of shape (batch, channel, height, width).
        target: class index, label, difference "one - other", one of them per picture, or a function of
            the logits; None explains the predicted class.
        samples: how many noisy copies.
        sigma: the noise's standard deviation, as a share of the range of the picture's values.
        reduction: how channels become one value: "max-abs", "norm" or "sum".
        layer: take the gradients with respect to this layer's values instead of the pixels.
        seed: of the noise.
        memory: what passes may take above the network itself, such as "500MB".

    Raises:
        MethodError: an unknown reduction, or a number out of range.
        LayerError: an unknown layer, or one without rows and columns.
        TargetError: not a class of this network.
        MemoryLimitError: the limit is too small for one picture.
        NonFiniteError: NaN or infinity in the pictures or the gradient.

    Reference:
        Smilkov, Thorat, Kim, Viégas, Wattenberg (2017), SmoothGrad: Removing Noise by Adding Noise.

    Example:
        >>> import tapetum
        >>> net = tapetum.load("lite0")
        >>> smoothgrad(net, tapetum.sample("cat"), samples=2).values.shape
        torch.Size([1, 224, 224])
    """
    at_least("smoothgrad", "samples", samples)
    between("smoothgrad", "sigma", sigma, 0.0, 10.0)
    at_least("smoothgrad", "seed", seed, 0)
    quantity = checked_reduction("smoothgrad", reduction)
    inputs, chosen = network.inputs(pictures), place(network, layer)
    aim = network.aim(inputs, target)
    parts = noisy_gradients(
        "SmoothGrad",
        network,
        inputs,
        aim.targets,
        samples=samples,
        sigma=sigma,
        layer=chosen,
        seed=seed,
        memory=memory,
    )
    mean = None
    for part in parts:
        found = part.gradient.values
        if mean is None:
            mean = found.new_zeros((len(inputs.batch), *found.shape[1:]))
        mean.index_add_(0, part.places, found, alpha=1 / samples)
    assert mean is not None
    return network.heatmap(
        "smoothgrad",
        reduced(mean, reduction),
        inputs,
        aim,
        layer=None if chosen is None else chosen.name,
        options={"samples": samples, "sigma": sigma, "reduction": reduction},
        quantity=quantity,
        seed=seed,
    )
