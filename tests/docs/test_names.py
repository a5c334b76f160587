"""The public names: adding or losing one is a decision, seen here."""

import inspect
import subprocess
import sys

import pytest

import tapetum

NAMES = [
    "METHODS",
    "Arithmetic",
    "Attack",
    "ClassScore",
    "Comparison",
    "ConvolutionMatrix",
    "Design",
    "Dream",
    "Evidence",
    "Examples",
    "Explanation",
    "Film",
    "Heatmap",
    "Journey",
    "KernelSheet",
    "Layer",
    "LayerSheet",
    "Network",
    "Objective",
    "Pareidolia",
    "Picture",
    "Prediction",
    "Preparation",
    "ReceptiveField",
    "Reel",
    "Scores",
    "Silence",
    "SlidingWindow",
    "Story",
    "TapetumError",
    "Target",
    "Training",
    "Visualisation",
    "ablationcam",
    "activation_grid",
    "arithmetic",
    "as_matrix",
    "attack",
    "blur_ig",
    "cam",
    "compare",
    "conductance",
    "contact_sheet",
    "convolution",
    "deconvnet",
    "deeplift",
    "design",
    "direction_objective",
    "dream",
    "eigencam",
    "eigengradcam",
    "evaluate",
    "evidence",
    "examples",
    "expected_gradients",
    "explain",
    "extremal_perturbation",
    "feature_maps",
    "film_callback",
    "finercam",
    "fullgrad",
    "gradcam",
    "gradcam_plus_plus",
    "gradient_times_input",
    "guided_backprop",
    "guided_gradcam",
    "guided_ig",
    "hirescam",
    "hsic",
    "integrated_gradients",
    "journey",
    "keras_film_callback",
    "kernel_shap",
    "kernels",
    "layercam",
    "lesson",
    "lime",
    "load",
    "lrp",
    "occlusion",
    "open_picture",
    "pareidolia",
    "parse_objective",
    "pooling",
    "receptive_field",
    "rise",
    "saliency",
    "sample",
    "scorecam",
    "silence",
    "smoothgrad",
    "sobol",
    "train",
    "vargrad",
    "visualise",
    "visualise_layer",
    "xgradcam",
]


def test_the_public_names_are_these() -> None:
    assert tapetum.__all__ == NAMES
    assert dir(tapetum) == sorted([*NAMES, "__version__"])


@pytest.mark.parametrize("name", NAMES)
def test_every_name_is_there_and_documented(name: str) -> None:
    found = getattr(tapetum, name)
    if name != "METHODS":
        assert inspect.getdoc(found)
        assert found.__name__ == name


def test_another_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="module 'tapetum' has no attribute 'gradcan'"):
        tapetum.gradcan  # noqa: B018


def test_importing_costs_nothing_until_a_name_is_used() -> None:
    look = "import sys, tapetum; print([n for n in ('torch', 'numpy', 'rich') if n in sys.modules])"
    done = subprocess.run([sys.executable, "-c", look], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"
