"""The fingerprint: the same for the same weights in the same graph, another for anything else."""

import hashlib

import torch
from torch import fx

from tapetum.network.weights import Weights


def fingerprint(graph: fx.Graph, weights: Weights, facts: str) -> str:
    """32 hexadecimal digits over operations, weights, and `facts` in words; stable across processes."""
    digest = hashlib.sha256(facts.encode())
    for node in graph.nodes:
        digest.update(f"{node.name}|{node.target}|{node.args}|{node.kwargs}".encode())
    for name in sorted(weights):
        value = weights[name].cpu().contiguous()
        digest.update(f"{name}{tuple(value.shape)}{value.dtype}".encode())
        digest.update(value.reshape(-1).view(torch.uint8).numpy().data)
    return digest.hexdigest()[:32]
