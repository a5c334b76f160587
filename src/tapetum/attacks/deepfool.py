"""DeepFool: the shortest way out of a class, by walking to the nearest boundary of linear pieces."""

import torch
from jaxtyping import Bool
from torch import Tensor

from tapetum.attacks.goal import Goal
from tapetum.attacks.norms import length
from tapetum.attacks.subject import Pixels, Subject, finite
from tapetum.options import at_least, between
from tapetum.progress import stage


def deepfool(
    subject: Subject, goal: Goal, *, steps: int = 50, classes: int = 10, overshoot: float = 0.02
) -> Pixels:
    r"""The nearest boundary where the network is taken to be linear, stepped onto until the verdict changes.

    \( r = \frac{|f_k|}{\lVert w_k \rVert_2^2} \, w_k, \; k = \arg\min_k \frac{|f_k|}{\lVert w_k \rVert_2} \),
    where \( f_k = z_k - z_c \) is what class k lacks and \( w_k \) its gradient. On a linear network the
    first step lands on the boundary.

    Args:
        subject: the network and its pictures.
        goal: a class to leave, or to reach.
        steps: at most so many.
        classes: how many of the strongest other classes are looked at.
        overshoot: share of the change by which the boundary is crossed.

    Reference:
        Moosavi-Dezfooli, Fawzi, Frossard (2016), DeepFool: a Simple and Accurate Method to Fool Deep Neural
        Networks.
    """
    at_least("deepfool", "steps", steps)
    at_least("deepfool", "classes", classes)
    between("deepfool", "overshoot", overshoot, 0.0, 10.0)
    pixels = subject.pixels.clone()
    change = torch.zeros_like(pixels)
    left = torch.arange(len(pixels), device=pixels.device)
    rivals = 1 if goal.targeted else classes
    with stage("DeepFool", steps) as advance:
        for _ in range(steps):
            part, aim = subject.at(left), goal.at(left)
            step, done = _to_boundary(part, aim, rivals, pixels[left])
            left, step = left[~done], step[~done]
            if not len(left):
                break
            change[left] += step
            pixels[left] = (subject.pixels[left] + (1 + overshoot) * change[left]).clamp(0, 1)
            advance(1)
    return pixels


def _to_boundary(
    subject: Subject, goal: Goal, rivals: int, pixels: Pixels
) -> tuple[Pixels, Bool[Tensor, " batch"]]:
    """The step to the nearest boundary with one of the strongest rivals, and who is already beyond one."""
    with torch.enable_grad():
        leaf = pixels.detach().requires_grad_()
        logits = subject.logits(leaf)
        own = logits.gather(1, goal.classes[:, None])[:, 0]
        others = logits.detach().scatter(1, goal.classes[:, None], -torch.inf)
        ranked = others.topk(min(rivals, logits.shape[1] - 1), 1).indices.unbind(1)
        best, nearest = torch.zeros_like(leaf), torch.full_like(own, torch.inf)
        for place, rival in enumerate(ranked, 1):
            lead = own - logits.gather(1, rival[:, None])[:, 0]
            (slope,) = torch.autograd.grad(lead.sum(), leaf, retain_graph=place < len(ranked))
            size = length(finite(slope), "l2").clamp_min(torch.finfo(slope.dtype).tiny)
            distance = lead.detach().abs() / size
            nearer = distance < nearest
            step = (-lead.detach() / size)[:, None, None, None] * (slope / size[:, None, None, None])
            best = torch.where(nearer[:, None, None, None], step, best)
            nearest = torch.where(nearer, distance, nearest)
    return best, goal.reached(logits.detach())
