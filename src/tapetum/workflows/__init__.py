"""One function per thing a person asks for. The command line and the server call only these.

Heavy imports stand inside the functions, so that `tapetum --help` answers at once.
"""

from tapetum.workflows.activation_grid import activation_grid
from tapetum.workflows.attack import attack, check_attack
from tapetum.workflows.channels import channel_numbers
from tapetum.workflows.compare import compare
from tapetum.workflows.dream import dream, dream_objective
from tapetum.workflows.evaluate import evaluate
from tapetum.workflows.examples import check_collection, examples
from tapetum.workflows.explain import explain
from tapetum.workflows.inside import arithmetic, evidence, position, receptive_field
from tapetum.workflows.journey import journey
from tapetum.workflows.methods import MethodLike, asked_method, is_single, parsed_attack, parsed_methods
from tapetum.workflows.network_card import network_card
from tapetum.workflows.networks import model_names, open_network
from tapetum.workflows.pareidolia import pareidolia
from tapetum.workflows.predict import predict
from tapetum.workflows.provenance import versions
from tapetum.workflows.seen import seen_picture
from tapetum.workflows.slide import SheetView, Slide, histogram, sample_values, slide
from tapetum.workflows.train import train
from tapetum.workflows.visualise import visualise
from tapetum.workflows.visualise_layer import visualise_layer

__all__ = [
    "MethodLike",
    "SheetView",
    "Slide",
    "activation_grid",
    "arithmetic",
    "asked_method",
    "attack",
    "channel_numbers",
    "check_attack",
    "check_collection",
    "compare",
    "dream",
    "dream_objective",
    "evaluate",
    "evidence",
    "examples",
    "explain",
    "histogram",
    "is_single",
    "journey",
    "model_names",
    "network_card",
    "open_network",
    "pareidolia",
    "parsed_attack",
    "parsed_methods",
    "position",
    "predict",
    "receptive_field",
    "sample_values",
    "seen_picture",
    "slide",
    "train",
    "versions",
    "visualise",
    "visualise_layer",
]
