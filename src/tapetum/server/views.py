"""The routes that answer at once: what the microscope shows of a picture."""

from typing import Annotated, Any
from urllib.parse import quote

from fastapi import APIRouter, Query, Request
from starlette.responses import Response

from tapetum import workflows
from tapetum.server import documents, schema
from tapetum.server.answers import Answer
from tapetum.server.asking import Question, answer
from tapetum.server.places import AnyPlace, Channel, LayerName, Place, RowOrColumn, TargetText
from tapetum.server.tensors import MEDIA_TYPE

router = APIRouter(prefix="/networks/{network}/pictures/{picture}", tags=["views"])
TENSOR: dict[int | str, dict[str, Any]] = {200: {"content": {MEDIA_TYPE: {}}}}
_PNG: dict[int | str, dict[str, Any]] = {200: {"content": {"image/png": {}}}}
Top = Annotated[int, Query(ge=1, le=20, description="How many classes.")]
Parts = Annotated[int, Query(ge=1, le=4096, description="How many parts are listed, the strongest first.")]


def _look(place: Place, top: int) -> Question:
    def work(*_: object) -> Answer:
        picture = place.held.picture
        frame = place.mounted.network.preparation.frame(picture.rows, picture.columns)
        names = ("top", "left", "rows", "columns")
        crop = {name: round(getattr(frame, name)) for name in names}
        return documents.looked(*place.slide().look(top), picture, crop)

    return Question(("look", *place.key, top), work)


@router.get("/prediction", response_model=schema.Prediction)
async def prediction(*, request: Request, place: AnyPlace, top: Top = 5) -> Response:
    """The strongest classes, and which part of the picture the network sees."""
    return await answer(request, place.bench.answers, _look(place, top))


@router.get("/ribbon", response_model=schema.Ribbon)
async def ribbon(*, request: Request, place: AnyPlace) -> Response:
    """Every stage of the network with its strongest map, and its share of silent channels."""
    return await answer(request, place.bench.answers, _look(place, 5), "ribbon")


def _sheet(place: Place, layer: str) -> Question:
    image = (
        f"/api/networks/{place.mounted.id}/pictures/{place.held.id}/sheet.png?layer={quote(layer, safe='')}"
    )
    return Question(
        ("sheet", place.mounted.id, place.held.id, layer),
        lambda *_: documents.sheeted(place.slide().sheet(layer), image),
    )


@router.get("/sheet", response_model=schema.Sheet)
async def sheet(*, request: Request, place: AnyPlace, layer: LayerName) -> Response:
    """The feature maps of a layer: facts, the order of tiles, and what each place can see."""
    return await answer(request, place.bench.answers, _sheet(place, layer))


@router.get("/sheet.png", response_class=Response, responses=_PNG)
async def sheet_tiles(*, request: Request, place: AnyPlace, layer: LayerName) -> Response:
    """All feature maps of a layer side by side, in grey of 8 bits, where 128 is zero."""
    return await answer(request, place.bench.answers, _sheet(place, layer), "png")


@router.get("/sheet.bin", response_class=Response, responses=TENSOR)
async def sheet_values(*, request: Request, place: AnyPlace, layer: LayerName) -> Response:
    """The values of a layer: channel, row, column."""
    return await answer(request, place.bench.answers, _sheet(place, layer), "bin")


@router.get("/contributions", response_model=schema.Contributions)
async def contributions(
    *, request: Request, place: AnyPlace, layer: LayerName, target: TargetText = None
) -> Response:
    """What each channel of a layer gives to the target's score."""
    question = Question(
        ("contributions", *place.key, layer, target),
        lambda *_: {"json": documents.json_bytes(place.slide().contributions(layer, target).to_dict())},
    )
    return await answer(request, place.bench.answers, question)


@router.get("/channel", response_model=schema.Channel)
async def channel(*, request: Request, place: AnyPlace, layer: LayerName, channel: Channel) -> Response:
    """One channel: its numbers, the filter that makes it, and its weights towards the classes."""
    question = Question(
        ("channel", *place.key, layer, channel),
        lambda *_: {"json": documents.json_bytes(place.slide().channel(layer, channel).to_dict())},
    )
    return await answer(request, place.bench.answers, question)


@router.get("/histogram", response_model=schema.Histogram)
async def histogram(*, request: Request, place: AnyPlace, layer: LayerName, channel: Channel) -> Response:
    """How the channel's values spread over the sample pictures, and its largest value on this one."""
    network = place.mounted.network

    def work(*_: object) -> Answer:
        name = network.layer(layer).name
        here = place.slide().channel(name, channel).to_dict()["largest"]
        values = place.bench.samples.find(
            (place.mounted.id, name), lambda: workflows.sample_values(network, name)
        )
        found = workflows.histogram(values, name, channel)
        return {"json": documents.json_bytes(found.to_dict() | {"here": here})}

    question = Question(("histogram", *place.key, layer, channel), work, long=True)
    return await answer(request, place.bench.answers, question)


@router.get("/arithmetic", response_model=schema.Arithmetic)
async def arithmetic(
    *,
    request: Request,
    place: AnyPlace,
    layer: LayerName,
    channel: Channel,
    row: RowOrColumn = None,
    column: RowOrColumn = None,
    parts: Parts = 12,
) -> Response:
    """One number inside the network, written out and checked against the network's own value."""
    question = Question(
        ("arithmetic", *place.key, layer, channel, row, column, parts),
        lambda *_: documents.written_out(place.slide().arithmetic(layer, channel, row, column), parts),
    )
    return await answer(request, place.bench.answers, question)


def _field(place: Place, layer: str, row: int | None, column: int | None, channel: int | None) -> Question:
    return Question(
        ("receptive-field", *place.key, layer, row, column, channel),
        lambda *_: documents.seen_by(place.slide().receptive_field(layer, row, column, channel)),
    )


OneOrAll = Annotated[int | None, Query(ge=0, lt=2**31, description="By default all channels together.")]


@router.get("/receptive-field", response_model=schema.ReceptiveField)
async def receptive_field(
    *,
    request: Request,
    place: AnyPlace,
    layer: LayerName,
    row: RowOrColumn = None,
    column: RowOrColumn = None,
    channel: OneOrAll = None,
) -> Response:
    """What a place can see of the picture, and in which box lies what it sees in effect."""
    return await answer(request, place.bench.answers, _field(place, layer, row, column, channel))


@router.get("/receptive-field.bin", response_class=Response, responses=TENSOR)
async def receptive_glow(
    *,
    request: Request,
    place: AnyPlace,
    layer: LayerName,
    row: RowOrColumn = None,
    column: RowOrColumn = None,
    channel: OneOrAll = None,
) -> Response:
    """How much each pixel of the input moves the place, from 0 to 1."""
    question = _field(place, layer, row, column, channel)
    return await answer(request, place.bench.answers, question, "bin")
