"""Keras models: what they answer, what their layers are called, and what every instrument says of them."""

from typing import Any

import keras
import numpy as np
import pytest
import torch
import torch.nn.functional as F
from keras_models import CLASSES, application, article_3, batch, drawn, own
from torch import Tensor, nn

import tapetum
from tapetum.errors import ModelError
from tapetum.models import load
from tapetum.network import Network

DEFAULT = {"resnet50": "conv5_block3_out", "vgg16": "block5_conv3", "mobilenetv2_1.00_64": "out_relu"}
CAT = tapetum.sample("cat")
APPLICATIONS = {"ResNet50": 64, "VGG16": 32, "MobileNetV2": 64}


@pytest.fixture(scope="module")
def smiles() -> tuple[Any, Network]:
    model = article_3()
    return model, load(model, labels=["frown", "smile"], engine="torch")


@pytest.fixture(scope="module", params=APPLICATIONS)
def pair(request: pytest.FixtureRequest) -> tuple[Any, Network, Tensor]:
    """A network of keras.applications, the same captured, and a batch for it."""
    size = APPLICATIONS[request.param]
    model = application(request.param, size)
    return model, load(model, engine="torch"), batch(size)


def test_the_answer_is_the_models_own(smiles):
    model, network = smiles
    pictures = batch(64)
    ours = torch.sigmoid(network(pictures))
    assert (ours - own(model, pictures)).abs().max() < 1e-5
    assert (network.probabilities(network(pictures))[:, 1:] - own(model, pictures)).abs().max() < 1e-5


def test_the_gradient_is_the_models_own(smiles):
    model, network = smiles
    pictures = batch(64).requires_grad_()
    answer = own(model, pictures)
    (theirs,) = torch.autograd.grad((answer / (1 - answer)).log().sum(), pictures)
    ours = network.gradient(network.inputs(pictures.detach()), 1).values
    assert (ours - theirs).abs().max() < 1e-4 * theirs.abs().max()


def test_layers_have_the_names_that_keras_gives_them(smiles):
    model, network = smiles
    named = [(one.name, one.module, one.shape) for one in network.layers if "/" not in one.name]
    assert named == [
        ("conv_a", "Conv2D", (16, 64, 64)),
        ("norm_a", "BatchNormalization", (16, 64, 64)),
        ("pool_a", "MaxPooling2D", (16, 32, 32)),
        ("conv_b", "Conv2D", (32, 32, 32)),
        ("norm_b", "BatchNormalization", (32, 32, 32)),
        ("pool_b", "MaxPooling2D", (32, 16, 16)),
        ("flat", "Flatten", (8192,)),
        ("dense", "Dense", (128,)),
        ("verdict", "Dense", (1,)),
    ]
    # A window of k reaches k − 1 strides further; a pooling doubles the stride.
    assert network.layer("conv_a").receptive_field == (5, 5)
    assert network.layer("pool_a").receptive_field == (6, 6)
    assert network.layer("conv_b").receptive_field == (14, 14)
    assert network.layer("pool_b").receptive_field == (16, 16)
    assert network.layer("pool_b").stride == (4, 4)
    assert network.layer().name == "pool_b"
    # Keras counts the running statistics of its norms, 2 · (16 + 32) numbers, which are not learnt.
    assert network.parameters == model.count_params() - 96
    assert network.layer("conv_a").multiply_adds == 64 * 64 * 16 * 5 * 5 * 3


def test_every_layer_has_the_values_that_keras_gives_it(pair):
    model, network, pictures = pair
    named = {one.name for one in network.layers}
    shown = [one for one in model.layers if one.name in named][:-1]  # the last one is cut before its softmax
    theirs = keras.Model(model.inputs, [one.output for one in shown])
    values = theirs(pictures.permute(0, 2, 3, 1), training=False)
    ours = network.activations(pictures, [one.name for one in shown])
    assert len(shown) > 15
    for layer, value in zip(shown, values, strict=True):
        wanted = value.permute(0, 3, 1, 2) if value.dim() == 4 else value
        found = ours[layer.name]
        assert found.shape == wanted.shape, layer.name
        assert (found - wanted).abs().max() <= 1e-4 * wanted.abs().max(), layer.name


def test_applications_answer_and_are_differentiated_as_keras_does(pair):
    model, network, pictures = pair
    leaf = pictures.clone().requires_grad_()
    answer = own(model, leaf)
    assert (network.probabilities(network(pictures)) - answer).abs().max() < 1e-5
    # Softmax cancels in the difference of two logarithms.
    (theirs,) = torch.autograd.grad((answer[:, 1].log() - answer[:, 4].log()).sum(), leaf)
    ours = network.gradient(network.inputs(pictures), lambda logits: logits[:, 1] - logits[:, 4]).values
    assert (ours - theirs).abs().max() < 1e-4 * theirs.abs().max()


def test_grad_cam_of_applications_is_the_formula_on_keras(pair):
    model, network, pictures = pair
    name = DEFAULT[network.name]
    bare = keras.models.clone_model(model)
    for copy, variable in zip(bare.weights, model.weights, strict=True):
        copy.assign(variable.value)
    bare.layers[-1].activation = keras.activations.linear
    both = keras.Model(bare.inputs, [bare.get_layer(name).output, bare.output])
    maps, logits = both(pictures.permute(0, 2, 3, 1), training=False)
    for target in range(CLASSES):
        (slope,) = torch.autograd.grad(logits[:, target].sum(), maps, retain_graph=True)
        wanted = (slope.mean((1, 2), keepdim=True) * maps).sum(3).detach()
        found = tapetum.gradcam(network, pictures, target, layer=name).values
        assert (found - wanted).abs().max() <= 1e-4 * wanted.abs().max()


def test_receptive_fields_and_counts_of_the_literature(pair):
    _, network, _ = pair
    layer = network.layer(DEFAULT[network.name])
    side, stride = {"vgg16": (196, 16), "resnet50": (483, 32), "mobilenetv2": (491, 32)}[
        network.name.split("_")[0]
    ]
    assert layer.receptive_field == (side, side)
    assert layer.stride == (stride, stride)
    assert all(one.exact for one in network.layers)


def test_batch_norms_are_folded_into_the_convolutions(pair):
    _, network, pictures = pair
    kinds = [str(node.target) for node in network.folded.graph.nodes if node.op == "call_function"]
    assert not [kind for kind in kinds if "batch_norm" in kind]
    assert "aten.permute.default" not in kinds
    logits, _, engine = network.evaluate(pictures)
    assert engine == "torch"
    assert (logits - network(pictures)).abs().max() < 1e-4 * logits.abs().max()


class Twin(nn.Module):
    """Article 3's network in torch, with the weights of the Keras model."""

    def __init__(self, model: Any) -> None:
        super().__init__()
        held = {name: value.detach().clone() for name, value in named(model)}
        self.conv_a, self.norm_a = nn.Conv2d(3, 16, 5, padding=2), nn.BatchNorm2d(16, eps=1e-3)
        self.conv_b, self.norm_b = nn.Conv2d(16, 32, 5, padding=2), nn.BatchNorm2d(32, eps=1e-3)
        self.dense, self.verdict = nn.Linear(8192, 128), nn.Linear(128, 1)
        state = {}
        for layer in ("conv_a", "conv_b"):
            state[f"{layer}.weight"] = held[f"{layer}/kernel"].permute(3, 2, 0, 1)
            state[f"{layer}.bias"] = held[f"{layer}/bias"]
        for layer in ("norm_a", "norm_b"):
            state[f"{layer}.weight"], state[f"{layer}.bias"] = held[f"{layer}/gamma"], held[f"{layer}/beta"]
            state[f"{layer}.running_mean"] = held[f"{layer}/moving_mean"]
            state[f"{layer}.running_var"] = held[f"{layer}/moving_variance"]
        by_place = held["dense/kernel"].view(16, 16, 32, 128)  # Keras flattens rows, columns, channels
        state["dense.weight"] = by_place.permute(3, 2, 0, 1).reshape(128, 8192)
        state["verdict.weight"] = held["verdict/kernel"].t()
        state["dense.bias"], state["verdict.bias"] = held["dense/bias"], held["verdict/bias"]
        missing = self.load_state_dict(state, strict=False).missing_keys
        assert all("num_batches" in key for key in missing)

    def forward(self, x: Tensor) -> Tensor:
        x = F.max_pool2d(self.norm_a(F.relu(self.conv_a(x))), 2)
        x = F.max_pool2d(self.norm_b(F.relu(self.conv_b(x))), 2)
        return torch.sigmoid(self.verdict(F.relu(self.dense(x.flatten(1)))))


def named(model: Any) -> list[tuple[str, Tensor]]:
    return [("/".join(variable.path.split("/")[-2:]), variable.value) for variable in model.weights]


@pytest.fixture(scope="module")
def twin(smiles: tuple[Any, Network]) -> Network:
    return load(Twin(smiles[0]), input_shape=(3, 64, 64), labels=["frown", "smile"], engine="torch")


FEWER = {
    "rise": {"samples": 32},
    "lime": {"samples": 64},
    "kernel-shap": {"samples": 64},
    "sobol": {"design": 2},
    "hsic": {"samples": 32},
    "extremal-perturbation": {"steps": 5},
}


@pytest.mark.parametrize("key", [key for key in tapetum.METHODS if key != "cam"])
def test_every_method_says_of_keras_what_it_says_of_torch(smiles, twin, key):
    """The same numbers in the same places give the same maps, whoever wrote the network."""
    network, method = smiles[1], tapetum.METHODS[key]
    options: dict[str, Any] = dict(FEWER.get(key, {}))
    if method.needs_layer:
        options["layer"] = "pool_b"
    pictures = network.prepare(CAT)
    ours = method(network, pictures, "smile", **options).values
    if method.needs_layer:
        options["layer"] = "max_pool2d.2"
    theirs = method(twin, pictures, "smile", **options).values
    assert ours.shape == theirs.shape
    assert (ours - theirs).abs().max() <= 2e-3 * theirs.abs().max()
    assert bool(torch.isfinite(ours).all())


def test_methods_on_applications(pair):
    _, network, pictures = pair
    target = 2
    relevance = tapetum.lrp(network, pictures, target)
    assert relevance.values.shape == (2, *network.input_shape[1:])
    saliency = tapetum.saliency(network, pictures, target).values
    slope = network.gradient(network.inputs(pictures), target).values
    assert torch.allclose(saliency, slope.abs().amax(1))
    path = tapetum.integrated_gradients(network, pictures[:1], target, steps=8)
    assert abs(float(path.residual[0])) < 0.01
    hidden = tapetum.occlusion(network, pictures[:1], target, window=32, stride=32)
    assert bool(torch.isfinite(hidden.values).all())
    guided = tapetum.guided_backprop(network, pictures, target)
    assert bool((guided.values != 0).any())


def test_what_happens_inside_article_3s_network(smiles, tmp_path):
    model, network = smiles
    journey = tapetum.journey(network, CAT)
    first = ["conv_a/conv2d", "conv_a", "norm_a", "pool_a"]
    then = ["norm_b", "pool_b", "dense/linear", "dense", "verdict"]
    assert [step.layer for step in journey.steps] == first + then
    maps = tapetum.feature_maps(network, CAT, "conv_b")
    assert maps.values.shape == (32, 32, 32)
    kernels = tapetum.kernels(network, "conv_a")
    wanted = model.get_layer("conv_a").kernel.value.permute(3, 2, 0, 1)
    assert torch.equal(kernels.values, wanted)
    assert kernels.colour
    assert tapetum.evidence(network, CAT, "smile").units
    seen = tapetum.receptive_field(network, "pool_b", 8, 8, pictures=CAT, channel=0)
    assert seen is not None
    assert tapetum.visualise(network, "class:smile", steps=3).picture.size[0] > 0
    assert tapetum.attack(network, CAT, method="fgsm") is not None
    assert tapetum.dream(network, CAT, steps=1, octaves=1, side=64) is not None


def test_the_arithmetic_of_every_layer_of_article_3s_network(smiles):
    _, network = smiles
    ledger = network.ledger(network.inputs(CAT))
    units = {
        "conv_a/conv2d": 75,
        "norm_a": 1,
        "pool_a": 4,
        "conv_b/conv2d": 400,
        "dense/linear": 8192,
        "verdict": 128,
    }
    for name, terms in units.items():
        layer = network.layer(name)
        place = (5, 6) if len(layer.shape) == 3 else (None, None)
        card = tapetum.arithmetic(network, CAT, name, 0, *place)
        assert sum(part.values.size for part in card.parts) == terms, name
        assert card.total == pytest.approx(card.value, rel=1e-4, abs=1e-5), name
        assert ledger.has_rule(layer)


def test_networks_that_read_blue_first():
    network = load("keras:VGG16", pretrained=False, size=32, engine="torch")
    assert network.name == "keras:VGG16"
    assert network.source.startswith("Keras 3.")
    assert network.source.endswith("random weights")
    assert network.labels[285] == "Egyptian cat"
    held = network._capture.weights["p_weights_0_block1_conv1_kernel"]
    sheet = tapetum.kernels(network, "block1_conv1")
    assert sheet.colour
    assert torch.equal(sheet.values, held.flip(1))
    pixels = np.asarray(network.preparation.seen(CAT), dtype="float64")
    wanted = keras.applications.vgg16.preprocess_input(pixels[None])
    reads = network.activations(CAT, ["flip"])["flip"].permute(0, 2, 3, 1)
    assert np.abs(reads.numpy() - wanted).max() < 1e-4


def test_a_model_trained_further_is_seen_as_it_is_now():
    model = article_3(16)
    network = load(model, engine="torch")
    pictures = batch(16)
    network.evaluate(pictures)
    model.compile(optimizer=keras.optimizers.SGD(0.1), loss="binary_crossentropy")
    model.fit(pictures.permute(0, 2, 3, 1).numpy(), torch.ones(2, 1).numpy(), verbose=0)
    wanted = own(model, pictures)
    assert (torch.sigmoid(network(pictures)) - wanted).abs().max() < 1e-5
    assert (torch.sigmoid(network.evaluate(pictures)[0]) - wanted).abs().max() < 1e-4


def test_nested_models_and_layers_that_are_called_twice():
    inner = keras.Sequential(
        [keras.Input((12, 12, 4)), keras.layers.Conv2D(4, 3, padding="same", name="again")], name="inner"
    )
    x = start = keras.Input((12, 12, 3))
    x = keras.layers.Conv2D(4, 1, name="first")(x)
    x = keras.layers.add([inner(inner(x)), x])
    x = keras.layers.GlobalAveragePooling2D(name="mean")(x)
    model = drawn(keras.Model(start, keras.layers.Dense(CLASSES, name="verdict")(x)))
    network = load(model)
    names = [one.name for one in network.layers if "/" not in one.name]
    assert names == ["first", "inner", "inner.again", "inner#2", "inner.again#2", "add", "mean", "verdict"]
    assert (network(batch(12)) - own(model, batch(12))).abs().max() < 1e-5
    assert network.pooled_layer.name == "add"


def test_models_that_keep_channels_first():
    model = drawn(
        keras.Sequential(
            [
                keras.Input((3, 12, 10)),
                keras.layers.Conv2D(
                    4, 3, strides=2, padding="same", data_format="channels_first", name="conv"
                ),
                keras.layers.GlobalMaxPooling2D(data_format="channels_first"),
                keras.layers.Dense(CLASSES),
            ]
        )
    )
    network = load(model)
    assert network.input_shape == (3, 12, 10)
    pictures = torch.randn(2, 3, 12, 10)
    assert (network(pictures) - model(pictures, training=False)).abs().max() < 1e-5


def test_even_kernels_strides_and_pads_on_one_side_only():
    x = start = keras.Input((15, 14, 3))
    x = keras.layers.Conv2D(8, 4, strides=2, padding="same", use_bias=False)(x)
    x = keras.layers.LeakyReLU()(x)
    x = keras.layers.MaxPooling2D(3, strides=2, padding="same")(x)
    x = keras.layers.concatenate([x, keras.layers.AveragePooling2D(3, strides=1, padding="same")(x)])
    x = keras.layers.SeparableConv2D(6, 3, padding="same", depth_multiplier=2)(x)
    x = keras.layers.ZeroPadding2D(((1, 0), (2, 1)))(x)
    x = keras.layers.Cropping2D(((0, 1), (1, 1)))(x)
    x = keras.layers.Conv2DTranspose(6, 3, strides=2, padding="same")(x)
    x = keras.layers.UpSampling2D(2)(x)
    x = keras.layers.Permute((2, 1, 3))(x)
    x = keras.layers.LayerNormalization()(x)
    gate = keras.layers.Reshape((1, 1, 6))(keras.layers.GlobalAveragePooling2D()(x))
    x = keras.layers.multiply([x, keras.layers.Dense(6, activation="sigmoid")(gate)])
    x = keras.layers.Flatten()(keras.layers.Conv2D(2, 3, groups=2)(x))
    model = drawn(keras.Model(start, keras.layers.Dense(CLASSES)(x)))
    network = load(model)
    pictures = torch.randn(3, 3, 15, 14)
    wanted = own(model, pictures)
    assert (network(pictures) - wanted).abs().max() < 1e-5 * wanted.abs().max().clamp_min(1)
    assert network.layer("conv2d").shape == (8, 8, 7)


def test_another_size_where_the_model_has_one_of_its_own():
    model = keras.Sequential(
        [
            keras.Input((12, 12, 3)),
            keras.layers.Conv2D(4, 3, padding="same", strides=2),
            keras.layers.GlobalAveragePooling2D(),
            keras.layers.Dense(CLASSES),
        ]
    )
    larger = load(drawn(model), engine="torch").at_size(24, 20)
    pictures = torch.randn(2, 3, 24, 20)
    assert larger.layer().shape[1:] == (12, 10)
    assert (larger(pictures) - model.call(pictures.permute(0, 2, 3, 1), training=False)).abs().max() < 1e-5


class Deep(keras.Model):
    """A model that is a class, with a layer inside a list."""

    def __init__(self) -> None:
        super().__init__()
        self.parts = [keras.layers.Conv2D(4, 3, name="seen"), keras.layers.ReLU(name="cut")]
        self.verdict = keras.layers.Dense(CLASSES, name="verdict")

    def call(self, inputs: Any, training: bool = False) -> Any:
        for part in self.parts:
            inputs = part(inputs)
        return {"logits": self.verdict(keras.ops.mean(inputs, axis=(1, 2)))}


def test_models_that_are_classes():
    model = Deep()
    with pytest.raises(ModelError, match="has no weights yet"):
        load(model, input_shape=(3, 12, 12))
    wanted = own(model, batch(12))["logits"]
    with pytest.raises(ModelError, match="reads pictures of any size"):
        load(model)
    network = load(model, input_shape=(3, 12, 12))
    assert (network(batch(12)) - wanted).abs().max() < 1e-5
    assert [one.name for one in network.layers] == ["seen", "cut", "mean", "verdict"]
