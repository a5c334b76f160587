"""Layer-wise relevance propagation: the score shared out, layer by layer, down to the pixels."""

from typing import Any, Literal

from tapetum.attribution.relevance import Found, found_at, in_pieces, plan, values_of, walk
from tapetum.attribution.relevance.composites import composite as composite_of
from tapetum.attribution.relevance.conserve import conserving
from tapetum.network import Inputs, Network
from tapetum.options import between, one_of
from tapetum.results import Heatmap

Composite = Literal[
    "epsilon-plus-flat",
    "epsilon-plus",
    "epsilon-gamma-box",
    "epsilon",
    "gamma",
    "z-plus",
    "alpha-beta",
    "w-square",
    "flat",
]

_COMPOSITES = (
    *("epsilon-plus-flat", "epsilon-plus", "epsilon-gamma-box"),
    *("epsilon", "gamma", "z-plus", "alpha-beta", "w-square", "flat"),
)


def lrp(
    network: Network,
    pictures: Any,
    target: Any = None,
    *,
    composite: Composite = "epsilon-plus-flat",
    epsilon: float = 1e-6,
    gamma: float = 0.25,
    alpha: float = 2.0,
    layer: str | None = None,
    memory: str | int = "1GiB",
) -> Heatmap:
    r"""How the score is shared out among the pixels: layer-wise relevance propagation.

    \( R_i = \sum_j \frac{z_{ij}}{\sum_{i'} z_{i'j}} R_j \)

    \( z_{ij} \) is what input i contributes to output j, counted by the rule of the layer. Positive values
    speak for the target, negative ones against it, in units of the score, one per pixel (summed over the
    channels). They sum to the score but for what biases take: the residual, sum of values − score, tells how
    much. At a `layer` they are its relevance per place, and what goes around it is missing.

    The walk is over the graph with batch-norm folded into convolutions. Sums share out in proportion to
    their terms, averages likewise; the largest value of a max pooling gets all; activations (ReLU, SiLU,
    GELU, …) pass relevance on unchanged. Of a signal times a gate (squeeze-and-excitation) the signal gets
    all. A batch-norm that follows no convolution (DenseNet, pre-activation ResNets) scales single values: it
    passes relevance on in composites, and follows the rule itself where that is the only one. The relevance
    at the logits is \( z \cdot \partial s / \partial z \): the logit, or both of a difference.

    Use when:
        a sharp, signed map with conserved sums is wanted for little more than a pass back, and the
        network is made of known layers.

    Misleads when:
        rules are mixed without reason: each composite answers a slightly different question. With z⁺ in
        the lower layers the map depends little on the class.

    Args:
        network: the captured classifier.
        pictures: one or many pictures, or a prepared batch of shape (batch, channel, height, width).
        target: class index, label, difference "one - other", one of them per picture, or a function of
            the logits; None explains the predicted class.
        composite: the rules of linear layers. "epsilon-plus-flat": linear layers ε, convolutions z⁺, the
            layer that reads the picture flat; "epsilon-plus": the same without flat; "epsilon-gamma-box":
            linear ε, convolutions γ, the first one zᴮ (for pixels between black and white). Or one rule
            for all: "epsilon", "gamma", "z-plus", "alpha-beta", "w-square", "flat".
        epsilon: what the ε rule adds to the size of its denominators: more leaves fewer, stronger paths.
        gamma: how much more contributions of the output's own sign count in the γ rule.
        alpha: weight of positive contributions in "alpha-beta"; negative ones have alpha − 1.
        layer: stop at this layer instead of the picture.
        memory: how much may be used above the network's own, such as "1GiB".

    Raises:
        MethodError: an unknown composite, a number out of range, or an operation that has no rule (attention,
            layer-norm), with its place in the network.
        LayerError: an unknown layer, one without rows and columns, or one that no relevance comes to.
        TargetError: not a class of this network.
        NonFiniteError: NaN or infinity in the pictures or the relevance.
        MemoryLimitError: the limit is too small for one picture.

    Reference:
        Bach et al. (2015), On Pixel-Wise Explanations for Non-Linear Classifier Decisions by Layer-Wise
        Relevance Propagation; Montavon et al. (2017), Explaining NonLinear Classification Decisions with Deep
        Taylor Decomposition; Kohlbrenner et al. (2020), Towards Best Practice in Explaining Neural Network
        Decisions with LRP.

    Example:
        >>> import tapetum
        >>> net = tapetum.load("lite0")
        >>> heatmap = lrp(net, tapetum.sample("cat"), target="Egyptian cat")
        >>> heatmap.values.shape, heatmap.options["composite"]
        (torch.Size([1, 224, 224]), 'epsilon-plus-flat')
    """
    one_of("lrp", "composite", composite, _COMPOSITES)
    numbers = {
        "epsilon": between("lrp", "epsilon", epsilon, 0.0, 1e6),
        "gamma": between("lrp", "gamma", gamma, 0.0, 1e6),
        "alpha": between("lrp", "alpha", alpha, 1.0, 1e6),
    }
    inputs, chosen = network.inputs(pictures), found_at(network, "lrp", layer)
    planned = plan(network, "lrp", conserving(network, composite_of(composite, **numbers)), chosen)

    def compute(some: Inputs, places: slice, wanted: Any) -> Found:
        found, aim = network.trace(some, planned.reads, wanted)
        values = values_of(planned, found, some.batch, network)
        relevance = walk(planned, values, aim.targets.slope(aim.logits) * aim.logits).sum(1)
        return Found(relevance, aim, relevance.sum((1, 2)) - aim.score)

    done = in_pieces(network, "LRP", inputs, target, compute, bytes_each=planned.each, memory=memory)
    return network.heatmap(
        "lrp",
        done.values,
        inputs,
        done.aim,
        layer=None if chosen is None else chosen.name,
        options={"composite": composite, **numbers},
        residual=done.residual.float().cpu(),
    )
