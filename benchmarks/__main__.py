"""`python -m benchmarks`: run them all and print the tables."""

import argparse
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks import (
    activation,
    cam,
    capture,
    dream,
    film,
    gradients,
    ground_truth,
    inside,
    machine,
    occlusion,
    relevance,
    saliency,
    serve,
    start,
)
from benchmarks.networks import CAPTURED, RACED
from benchmarks.table import Section, missed, plain, show
from benchmarks.timing import Effort


@dataclass(frozen=True)
class Benchmark:
    """One of the runs: what it can measure, and the short selection of --quick."""

    run: Callable[[Sequence[str], Effort], list[Section]]
    names: tuple[str, ...]
    quick: tuple[str, ...]


BENCHMARKS = {
    "cam": Benchmark(cam.run, RACED, ("resnet18", "lite0")),
    "activation": Benchmark(activation.run, RACED, ("resnet18", "lite0")),
    "saliency": Benchmark(saliency.run, RACED, ("resnet18", "lite0")),
    "occlusion": Benchmark(occlusion.run, occlusion.NAMES, ("resnet18", "lite0")),
    "gradients": Benchmark(gradients.run, gradients.NAMES, ("resnet18", "lite0")),
    "relevance": Benchmark(relevance.run, RACED, ("resnet18", "lite0")),
    "capture": Benchmark(capture.run, CAPTURED, ("resnet18", "densenet121", "lite0")),
    "dream": Benchmark(dream.run, dream.NAMES, dream.NAMES),
    "film": Benchmark(film.run, film.NAMES, film.NAMES),
    "serve": Benchmark(serve.run, serve.NAMES, serve.NAMES),
    "ground_truth": Benchmark(ground_truth.run, (ground_truth.PLANTED,), (ground_truth.PLANTED,)),
    "inside": Benchmark(inside.run, inside.NAMES, ("lite0",)),
    "start": Benchmark(start.run, start.NAMES, start.NAMES),
}
_QUICK = Effort(rounds=3, seconds=10.0)


ATTRIBUTION = ("cam", "activation", "saliency", "gradients", "occlusion", "relevance")


def main(keys: Sequence[str] = tuple(BENCHMARKS)) -> None:
    """Run what was asked for, of these benchmarks; a missed bar is told and is no error."""
    asked = _asked(keys)
    for line in machine.describe():
        print(line)
    sections: list[Section] = []
    effort = _QUICK if asked.quick else Effort()
    for key in keys:
        benchmark = BENCHMARKS[key]
        names = _chosen(key, benchmark, asked.only, quick=asked.quick)
        if not names:
            continue
        for section in benchmark.run(names, effort):
            sections.append(section)
            print()
            show(section)
        print(f"load average after {key}: {machine.load_average()}")
    misses = missed(sections)
    print(f"\n{len(misses)} bars missed" + "".join(f"\n  {line}" for line in misses))
    if asked.json is not None:
        document = {"machine": machine.describe(), "sections": plain(sections)}
        asked.json.write_text(json.dumps(document, indent=2, ensure_ascii=False) + "\n")


def _asked(keys: Sequence[str]) -> argparse.Namespace:
    known = sorted({*keys, *(name for key in keys for name in BENCHMARKS[key].names)})
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="fewer rounds and networks; numbers are rough")
    parser.add_argument(
        "--only",
        action="append",
        default=[],
        metavar="NAME",
        choices=known,
        help=f"a benchmark ({', '.join(keys)}) or a network; may be given several times",
    )
    parser.add_argument("--json", type=Path, metavar="FILE", help="write all numbers there too")
    return parser.parse_args()


def _chosen(key: str, benchmark: Benchmark, only: Sequence[str], *, quick: bool) -> tuple[str, ...]:
    """What one benchmark measures, after --only and --quick."""
    keys = [name for name in only if name in BENCHMARKS]
    subjects = [name for name in only if name not in BENCHMARKS]
    if keys and key not in keys:
        return ()
    if subjects:
        return tuple(name for name in benchmark.names if name in subjects)
    return benchmark.quick if quick else benchmark.names


if __name__ == "__main__":
    main()
