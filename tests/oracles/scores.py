"""Scores of a classifier from their formulas, picture by picture."""

from collections.abc import Sequence


def rates(
    actual: Sequence[int], said: Sequence[int], of: int
) -> tuple[float | None, float | None, float | None]:
    """Precision, recall and F of one class; None for 0 / 0."""
    true = sum(1 for a, s in zip(actual, said, strict=True) if a == of and s == of)
    false_positives = sum(1 for a, s in zip(actual, said, strict=True) if a != of and s == of)
    false_negatives = sum(1 for a, s in zip(actual, said, strict=True) if a == of and s != of)
    precision = true / (true + false_positives) if true + false_positives else None
    recall = true / (true + false_negatives) if true + false_negatives else None
    both = 2 * true + false_positives + false_negatives
    return precision, recall, 2 * true / both if both else None


def area(positive: Sequence[bool], chance: Sequence[float]) -> float:
    """Of all pairs of a positive and a negative, the share in which the positive has the higher chance."""
    wins, pairs = 0.0, 0
    for one, good in zip(chance, positive, strict=True):
        for other, bad in zip(chance, positive, strict=True):
            if good and not bad:
                pairs += 1
                wins += 1.0 if one > other else 0.5 if one == other else 0.0
    return wins / pairs


def curve(positive: Sequence[bool], chance: Sequence[float]) -> set[tuple[float, float]]:
    """The shares of negatives and of positives at or above every threshold."""
    found = {(0.0, 0.0)}
    for threshold in chance:
        called = [value >= threshold for value in chance]
        true = sum(1 for c, p in zip(called, positive, strict=True) if c and p)
        false = sum(1 for c, p in zip(called, positive, strict=True) if c and not p)
        found.add((false / (len(positive) - sum(positive)), true / sum(positive)))
    return found


def calibration_error(confidence: Sequence[float], right: Sequence[bool], bins: int) -> float:
    """The mean distance of accuracy and confidence over bins, each weighing as much as it has pictures."""
    total = 0.0
    for place in range(bins):
        low, high = place / bins, (place + 1) / bins
        inside = [
            i
            for i, value in enumerate(confidence)
            if low <= value < high or (value == 1.0 and place == bins - 1)
        ]
        if inside:
            accuracy = sum(right[i] for i in inside) / len(inside)
            mean = sum(confidence[i] for i in inside) / len(inside)
            total += len(inside) / len(confidence) * abs(accuracy - mean)
    return total


def wilson(correct: int, total: int, z: float = 1.959963984540054) -> tuple[float, float]:
    """Wilson's interval of a share."""
    share = correct / total
    middle = share + z * z / (2 * total)
    spread = z * (share * (1 - share) / total + z * z / (4 * total * total)) ** 0.5
    below = 1 + z * z / total
    return (middle - spread) / below, (middle + spread) / below


def one_threshold(values: Sequence[int], labels: Sequence[int], fold: Sequence[int]) -> float:
    """Every threshold and every pair of classes is tried on two folds, the first best one on the third."""
    right = 0
    everything = list(zip(values, labels, fold, strict=True))
    for held in sorted(set(fold)):
        learnt = [(v, c) for v, c, f in everything if f != held]
        best, rule = -1, (0.0, 0, 0)
        kinds = sorted({c for _, c in learnt})
        levels = sorted({v for v, _ in learnt})
        for place, level in enumerate(levels):
            above = levels[place + 1] if place + 1 < len(levels) else level
            threshold = (level + above) / 2
            low = [c for v, c in learnt if v <= threshold]
            high = [c for v, c in learnt if v > threshold]
            below = max(kinds, key=low.count)
            over = max(kinds, key=high.count) if high else 0
            hits = low.count(below) + (high.count(over) if high else 0)
            if hits > best:
                best, rule = hits, (threshold, below, over)
        threshold, below, over = rule
        right += sum((below if v <= threshold else over) == c for v, c, f in everything if f == held)
    return right / len(values)
