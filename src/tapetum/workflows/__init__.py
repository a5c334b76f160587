"""One function per thing a person asks for. The command line and the server call only these.

Heavy imports stand inside the functions, so that `tapetum --help` answers at once.
"""

from tapetum.workflows.attack import attack, check_attack
from tapetum.workflows.compare import compare
from tapetum.workflows.explain import explain
from tapetum.workflows.inside import arithmetic, evidence, position, receptive_field
from tapetum.workflows.journey import journey
from tapetum.workflows.methods import MethodLike, parsed_attack, parsed_methods
from tapetum.workflows.networks import model_names, open_network
from tapetum.workflows.pareidolia import pareidolia
from tapetum.workflows.predict import predict
from tapetum.workflows.provenance import versions

__all__ = [
    "MethodLike",
    "arithmetic",
    "attack",
    "check_attack",
    "compare",
    "evidence",
    "explain",
    "journey",
    "model_names",
    "open_network",
    "pareidolia",
    "parsed_attack",
    "parsed_methods",
    "position",
    "predict",
    "receptive_field",
    "versions",
]
