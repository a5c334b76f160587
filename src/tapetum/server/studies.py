"""The routes that may take their time: maps, evidence, pictures of units, attacks, reports."""

import time
from collections.abc import Callable
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query, Request
from starlette.responses import Response

from tapetum import workflows
from tapetum.report import report_html
from tapetum.server import documents, schema
from tapetum.server.answers import Answer, Flight
from tapetum.server.asking import EVENTS, Events, Question, answer, client_of
from tapetum.server.places import AnyBench, AnyNetwork, AnyPlace, Place, TargetText
from tapetum.server.views import TENSOR
from tapetum.server.worker import Job

router = APIRouter(prefix="/networks/{network}", tags=["studies"])
_FRAME_EVERY = 0.25
_STREAM: dict[int | str, dict[str, Any]] = {200: {"content": {EVENTS: {}}}}
_PAGE: dict[int | str, dict[str, Any]] = {200: {"content": {"text/html": {}}}}
MethodKey = Annotated[str, Query(max_length=60, description="A key of the table of methods.")]
OptionsText = Annotated[
    str, Query(max_length=400, description="Options of the method: name=value, with commas between.")
]


def _map(place: Place, method: str, target: str | None, options: str) -> Question:
    key, chosen = workflows.asked_method(method, options)
    return Question(
        ("map", *place.key, key, tuple(sorted(chosen.items())), target),
        lambda *_: documents.mapped(place.slide().heatmap(key, chosen, target)),
        long=not workflows.is_single(key),
    )


@router.get("/pictures/{picture}/map", response_model=schema.Map)
async def heatmap(
    *,
    request: Request,
    place: AnyPlace,
    method: MethodKey = "gradcam",
    target: TargetText = None,
    options: OptionsText = "",
) -> Response:
    """What a method says about a target."""
    return await answer(request, place.bench.answers, _map(place, method, target, options))


@router.get("/pictures/{picture}/map.bin", response_class=Response, responses=TENSOR)
async def heatmap_values(
    *,
    request: Request,
    place: AnyPlace,
    method: MethodKey = "gradcam",
    target: TargetText = None,
    options: OptionsText = "",
) -> Response:
    """The values of the same map, raw and signed: row, column."""
    return await answer(request, place.bench.answers, _map(place, method, target, options), "bin")


@router.get("/pictures/{picture}/evidence", response_model=schema.Evidence)
async def evidence(
    *,
    request: Request,
    place: AnyPlace,
    target: TargetText = None,
    width: Annotated[int, Query(ge=1, le=8, description="Units kept at each step.")] = 3,
) -> Response:
    """The way back from the verdict through the strongest units to places of the picture."""
    question = Question(
        ("evidence", *place.key, target, width),
        lambda *_: documents.followed(place.slide().evidence(target, width)),
        long=True,
    )
    return await answer(request, place.bench.answers, question)


@router.get("/pictures/{picture}/attack", response_model=schema.Attack)
async def attack(
    *,
    request: Request,
    place: AnyPlace,
    method: MethodKey = "pgd",
    epsilon: Annotated[str | None, Query(max_length=20, description="Such as 4/255.")] = None,
    norm: Annotated[Literal["linf", "l2"] | None, Query(description="How a change is measured.")] = None,
    target: TargetText = None,
) -> Response:
    """The picture changed so little that nobody sees it, so that the network says something else."""
    workflows.check_attack(method, epsilon=epsilon, norm=norm, options={})

    def work(_: Flight, job: Job) -> Answer:
        found = workflows.attack(
            place.mounted.network,
            [place.held.picture],
            target,
            method=method,
            epsilon=epsilon,
            norm=norm,
            up_to=0,
            maps=False,
            stop=job.stop,
        )
        facts = {name: getattr(found, name) for name in ("method", "title", "norm", "epsilon")}
        return documents.attacked(facts, found[0], found.sentences())

    question = Question(("attack", *place.key, method, epsilon, norm, target), work, long=True)
    return await answer(request, place.bench.answers, question)


@router.get("/pictures/{picture}/report.html", response_class=Response, responses=_PAGE)
async def report(
    *,
    request: Request,
    place: AnyPlace,
    method: Annotated[list[MethodKey] | None, Query(max_length=12, description="Which maps.")] = None,
    target: Annotated[list[str] | None, Query(max_length=6, description="Of which classes.")] = None,
) -> Response:
    """The offline report of the picture, as `tapetum explain` writes it."""
    chosen = None if not method else [workflows.asked_method(*_cut(one)) for one in method]
    named = None if chosen is None else tuple((key, tuple(sorted(o.items()))) for key, o in chosen)

    def work(_: Flight, job: Job) -> Answer:
        found = workflows.explain(
            place.mounted.network, [place.held.picture], methods=chosen, targets=target or None, stop=job.stop
        )
        return {"html": report_html(found).encode("utf-8", "replace")}

    question = Question(
        ("report", place.mounted.id, place.held.id, named, tuple(target or ())), work, long=True
    )
    return await answer(request, place.bench.answers, question, "html", name="tapetum-report.html")


def _cut(method: str) -> tuple[str, str]:
    key, _, options = method.partition(":")
    return key, options


@router.get("/visualise", response_class=Response, responses=_STREAM)
async def visualise(
    *,
    request: Request,
    bench: AnyBench,
    mounted: AnyNetwork,
    objective: Annotated[
        str, Query(min_length=1, max_length=400, description="LAYER:CHANNEL, class:LABEL …")
    ],
    quality: Annotated[Literal["preview", "standard", "high"], Query()] = "preview",
    steps: Annotated[
        int | None, Query(ge=1, le=4096, description="Instead of what the quality wants.")
    ] = None,
    seed: Annotated[int, Query(ge=0, lt=2**31)] = 0,
) -> Response:
    """A picture made for a unit, as it comes about.

    Events: `progress` (what, done, total), `frame` (done, steps, score, picture: a JPEG as a data URL), and
    last `done` (objective, caption, score, rank, prediction, steps, seconds, warning, picture) or `failed`.
    """

    def work(flight: Flight, job: Job) -> Answer:
        begin = time.perf_counter()
        found = workflows.visualise(
            mounted.network,
            objective,
            quality=quality,
            steps=steps,
            seed=seed,
            frames=0,
            watch=_shown(flight),
            stop=job.stop,
        )
        return documents.painted(found.panels[0], found.steps, time.perf_counter() - begin, found.warning)

    question = Question(("visualise", mounted.id, objective, quality, steps, seed), work, long=True)
    return Events(bench.answers, question, client_of(request))


def _shown(flight: Flight) -> Callable[[Any], None]:
    """Shows how the picture stands, four times a second at most."""
    last = 0.0

    def watch(frame: Any) -> None:
        nonlocal last
        if time.monotonic() - last < _FRAME_EVERY:
            return
        last = time.monotonic()
        facts = {"done": frame.done, "steps": frame.steps, "score": float(frame.scores[0])}
        flight.tell("frame", facts | {"picture": documents.jpeg_url(frame.pictures()[0].numpy())})

    return watch
