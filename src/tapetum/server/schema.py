"""The shapes of answers, for the description of the interface and the types that the page derives from it."""

from typing import Literal

from pydantic import BaseModel, ConfigDict


class Shape(BaseModel):
    """Every field is there, and no other."""

    model_config = ConfigDict(extra="forbid")


class FaultBody(Shape):
    kind: str
    message: str
    id: str


class Fault(Shape):
    error: FaultBody


class NetworkFacts(Shape):
    id: str
    name: str
    source: str
    classes: int
    parameters: int
    input: tuple[int, int, int]
    fingerprint: str
    engine: str
    device: str
    precision: str
    preparation: str


class Networks(Shape):
    tapetum: str
    networks: list[NetworkFacts]
    samples: list[str]
    upload_bytes: int


class LayerRow(Shape):
    name: str
    kind: str
    module: str
    shape: list[int]
    channels: int
    rows: int | None
    columns: int | None
    parameters: int
    multiply_adds: int
    receptive_field: tuple[int, int] | None
    stride: tuple[int, int] | None
    exact: bool
    container: bool
    spatial: bool
    sheet: bool
    arithmetic: bool


class StageName(Shape):
    title: str
    layer: str


class MethodOption(Shape):
    name: str
    kind: str
    default: str | int | float | bool | None
    choices: list[str]


class MethodRow(Shape):
    key: str
    title: str
    family: str
    cost: str
    signed: bool
    needs_layer: bool
    complete: bool
    reference: str
    summary: str
    quick: bool
    applies: bool
    why_not: str | None
    options: list[MethodOption]


class NetworkCard(NetworkFacts):
    labels: list[str]
    layers: list[LayerRow]
    stages: list[StageName]
    default_layer: str | None
    pooled_layer: str | None
    methods: list[MethodRow]


class HeldPicture(Shape):
    id: str
    name: str
    notes: list[str]
    rows: int
    columns: int


class ClassScore(Shape):
    index: int
    label: str
    probability: float
    logit: float


class Crop(Shape):
    top: int
    left: int
    rows: int
    columns: int


class Prediction(Shape):
    classes: list[ClassScore]
    engine: str
    source_size: tuple[int, int]
    crop: Crop


class RibbonStage(Shape):
    layer: str
    title: str
    channels: int
    rows: int
    columns: int
    receptive_field: tuple[int, int]
    stride: tuple[int, int]
    silent: float
    channel: int
    map_rows: int
    map_columns: int
    values: str
    scale: float


class Ribbon(Shape):
    stages: list[RibbonStage]


class MapTarget(Shape):
    label: str
    indices: list[int]
    kind: Literal["class", "difference", "custom"]


class Box(Shape):
    top: float
    left: float
    bottom: float
    right: float


class Map(Shape):
    id: str
    method: str
    title: str
    target: MapTarget
    layer: str | None
    options: dict[str, str | int | float | bool | None]
    score: float
    residual: float | None
    signed: bool
    quantity: Literal["evidence", "sensitivity"]
    rows: int
    columns: int
    box: Box | None
    sentence: str
    verdict: Literal["map", "zero", "negative"]
    passes: str
    seconds: float
    engine: str


class SheetSprite(Shape):
    across: int
    rows: int
    columns: int
    image: str


class FieldOfPlaces(Shape):
    rows: list[tuple[int, int]]
    columns: list[tuple[int, int]]
    exact: bool


class Sheet(Shape):
    layer: str
    title: str
    module: str
    kind: str
    channels: int
    rows: int | None
    columns: int | None
    receptive_field: tuple[int, int] | None
    stride: tuple[int, int] | None
    silent: float
    zeros: float
    largest: float
    strongest: int
    shown: list[int]
    peaks: list[float]
    scales: list[float] | None
    full: float
    map_rows: int
    map_columns: int
    field: FieldOfPlaces | None
    sprite: SheetSprite


class Contributions(Shape):
    layer: str
    target: MapTarget
    score: float
    contributions: list[float]


class Peak(Shape):
    row: int | None
    column: int | None
    value: float


class ChannelFilter(Shape):
    layer: str
    rows: int
    columns: int
    groups: int
    colour: bool
    total: int
    largest: float
    channels: list[int]
    kernels: list[list[list[float]]]


class ClassWeight(Shape):
    index: int
    label: str
    weight: float


class ClassWeights(Shape):
    strongest: list[ClassWeight]
    weakest: list[ClassWeight]
    predicted: list[ClassWeight]


class Channel(Shape):
    layer: str
    channel: int
    title: str
    rows: int | None
    columns: int | None
    least: float
    largest: float
    mean: float
    peak: Peak
    filter: ChannelFilter | None
    weights: ClassWeights | None


class Histogram(Shape):
    edges: list[float]
    counts: list[int]
    pictures: int
    values: int
    here: float


class NetworkUnit(Shape):
    layer: str
    channel: int
    row: int | None
    column: int | None


class NamedNumber(Shape):
    name: str
    value: float


class Rest(Shape):
    count: int
    sum: float


class CardPart(Shape):
    layer: str
    channel: int
    rows: list[int]
    columns: list[int]
    factors: list[list[float]] | None
    values: list[list[float]] | None
    products: list[list[float]] | None
    padding: list[list[bool]] | None
    subtotal: float
    factor_of: str | None


class Card(Shape):
    unit: NetworkUnit
    operation: str
    formula: str
    parts: list[CardPart]
    rest: Rest
    constants: list[NamedNumber]
    facts: list[NamedNumber]
    function: str | None
    sum: float
    total: float
    agrees: bool
    verdict: str


class Arithmetic(Card):
    value: float
    difference: float
    relative: float


class PixelBox(Shape):
    top: int
    left: int
    bottom: int
    right: int


class ReceptiveField(Shape):
    layer: str
    row: int | None
    column: int | None
    channel: int | None
    reach: PixelBox
    box: PixelBox
    clipped: bool
    exact: bool
    effective_box: PixelBox | None
    sentences: list[str]


class Levels(Shape):
    map_rows: int
    map_columns: int
    values: str


class UnitMap(Levels):
    rows: int
    columns: int


class EvidenceUnit(Shape):
    unit: NetworkUnit
    title: str
    value: float
    contribution: float
    map: UnitMap
    box: Box
    window: Box
    glow: Levels | None
    cards: list[Card]
    split: "EvidenceSplit | None"


class EvidenceSplit(Shape):
    how: Literal["exact", "gradient × value"]
    layer: str
    title: str
    channels: int
    value: float
    explained: float
    share: float
    supporting: float
    opposing: float
    residual: float
    kept: list[EvidenceUnit]


class Evidence(Shape):
    target: MapTarget
    score: float
    root: EvidenceSplit


class Attack(Shape):
    method: str
    title: str
    norm: Literal["linf", "l2"]
    epsilon: float | None
    target: MapTarget | None
    before: list[ClassScore]
    after: list[ClassScore]
    fooled: bool
    survives: bool
    largest: int
    length: float
    sentences: list[str]
    picture: str
