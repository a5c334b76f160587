"""The routes that take pictures."""

from typing import Annotated, Any

from fastapi import APIRouter, Path, Request
from starlette.responses import Response

from tapetum import workflows
from tapetum.pictures import SAMPLES, sample
from tapetum.server import documents, schema
from tapetum.server.asking import Question, answer
from tapetum.server.faults import RefusedError
from tapetum.server.places import AnyBench, AnyPlace, Id
from tapetum.server.shelf import Held
from tapetum.server.uploads import uploaded

router = APIRouter(tags=["pictures"])
_FILE = {"content": {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}}}


@router.post(
    "/pictures",
    status_code=201,
    response_model=schema.HeldPicture,
    openapi_extra={"requestBody": {"required": True, **_FILE}},
)
async def bring(request: Request, bench: AnyBench) -> dict[str, Any]:
    """Bring a picture: the bytes of a file. `Tapetum-Name` says what to call it, percent-encoded."""
    state = request.app.state
    picture = await uploaded(request, patience=state.patience, decoding=state.decoding)
    return _told(bench.shelf.put(picture))


@router.post("/samples/{name}", status_code=201, response_model=schema.HeldPicture)
async def bring_sample(bench: AnyBench, name: Annotated[str, Path(max_length=40)]) -> dict[str, Any]:
    """Take one of the sample photographs."""
    if name not in SAMPLES:
        raise RefusedError(404, "picture", f"There is no such sample. There are: {', '.join(SAMPLES)}.")
    return _told(bench.shelf.put(sample(name)))


@router.get("/pictures/{picture}", response_model=schema.HeldPicture)
async def held(bench: AnyBench, picture: Id) -> dict[str, Any]:
    """What is known of a picture."""
    return _told(bench.shelf.find(picture))


@router.get(
    "/networks/{network}/pictures/{picture}/seen.png",
    response_class=Response,
    responses={200: {"content": {"image/png": {}}}},
)
async def seen(request: Request, place: AnyPlace) -> Response:
    """Exactly the part of the picture that the network sees, at most 720 pixels a side."""
    question = Question(
        ("seen", *place.key),
        lambda *_: {
            "png": documents.png(workflows.seen_picture(place.mounted.network, place.held.picture).image)
        },
    )
    return await answer(request, place.bench.answers, question, "png")


def _told(held: Held) -> dict[str, Any]:
    picture = held.picture
    return {
        "id": held.id,
        "name": picture.name,
        "notes": list(picture.notes),
        "rows": picture.rows,
        "columns": picture.columns,
    }
