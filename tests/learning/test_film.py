"""The film: what a frame holds, what recording leaves untouched, bounds, restarts, and bad input."""

import copy
import zipfile
from pathlib import Path

import numpy as np
import pytest
import small_networks
import torch
import untouched
from torch import Tensor, nn
from torch.nn import functional

import tapetum
from tapetum.errors import DataError, MemoryLimitError, ModelError, NonFiniteError, OutputError


def _small(channels: int = 1) -> nn.Module:
    torch.manual_seed(3)
    return nn.Sequential(
        nn.Conv2d(channels, 4, 5),
        nn.ReLU(),
        nn.MaxPool2d(2),
        nn.Flatten(),
        nn.Linear(4 * 6 * 6, 2),
    )


def _probes(channels: int = 1) -> Tensor:
    return torch.rand(4, channels, 16, 16, generator=torch.Generator().manual_seed(1))


NAMES = ["tall", "tall", "wide", "wide"]


def _step(model: nn.Module, optimiser: torch.optim.Optimizer, batch: Tensor) -> float:
    loss = functional.cross_entropy(model(batch), torch.tensor([0, 0, 1, 1]))
    optimiser.zero_grad()
    loss.backward()
    optimiser.step()
    return float(loss.detach())


def _filmed(epochs: int = 3, **options: object) -> tuple[tapetum.Film, list[dict[str, Tensor]]]:
    """A film of a few epochs, and the model's state at each."""
    model = _small()
    film = tapetum.Film(model, _probes(), names=NAMES, **options)
    optimiser = torch.optim.Adam(model.parameters(), lr=0.01)
    states = [copy.deepcopy(model.state_dict())]
    for _ in range(epochs):
        film.record(loss=_step(model, optimiser, _probes()))
        states.append(copy.deepcopy(model.state_dict()))
    return film, states


def test_frames_hold_the_weights_and_the_maps_of_their_moment() -> None:
    film, states = _filmed()
    reel = film.reel
    assert reel.frames.tolist() == [0, 1, 2, 3]
    assert reel.first == "0.weight"
    assert reel.titles == {"0": "convolution", "1": "ReLU", "2": "max pooling"}
    for place, state in enumerate(states):
        for name, tensor in state.items():
            assert np.array_equal(reel.weights[name][place], tensor.numpy())
        conv = functional.conv2d(_probes(), state["0.weight"], state["0.bias"])
        for layer, wanted in (("0", conv), ("1", conv.relu()), ("2", functional.max_pool2d(conv.relu(), 2))):
            assert np.allclose(reel.maps[layer][place], wanted.numpy(), rtol=1e-3, atol=1e-4)
    assert reel.moments.tolist() == [1, 2, 3]
    assert list(reel.told(-1)) == ["loss"]
    assert reel.told(0) == {}


def test_recording_touches_nothing_and_the_optimiser_trains_the_same_parameters() -> None:
    model = small_networks.Plain(channels=1).train()
    before = list(map(id, model.parameters()))
    optimiser = torch.optim.Adam(model.parameters())
    with untouched.untouched(model, _probes()):
        film = tapetum.Film(model, _probes())
    for _ in range(2):
        _step(model, optimiser, _probes())
        with untouched.untouched(model):
            film.record(loss=torch.tensor(0.5))
    assert list(map(id, model.parameters())) == before
    assert [id(p) for group in optimiser.param_groups for p in group["params"]] == before
    assert model.bn1.num_batches_tracked == 2
    kernels = film.reel.kernels
    assert not np.array_equal(kernels[0], kernels[1])
    assert np.array_equal(kernels[-1], model.conv1.weight.detach().numpy())


def test_training_with_a_film_is_bit_for_bit_training_without() -> None:
    _, states = _filmed()
    model = _small()
    optimiser = torch.optim.Adam(model.parameters(), lr=0.01)
    for _ in range(3):
        _step(model, optimiser, _probes())
    assert all(torch.equal(tensor, states[-1][name]) for name, tensor in model.state_dict().items())


def test_frames_are_thinned_when_the_memory_is_full_and_scores_stay() -> None:
    model = _small()
    film = tapetum.Film(model, memory=8 * 4 * sum(p.numel() for p in model.parameters()))
    for epoch in range(1, 40):
        film.record(loss=1 / epoch)
        assert len(film) <= 8
    reel = film.reel
    assert reel.frames.tolist() == [0, 8, 16, 24, 32, 39]
    assert reel.moments.tolist() == list(range(1, 40))
    assert reel.maps == {}


def test_weights_too_large_for_a_frame_are_left_out_and_named() -> None:
    model = nn.Sequential(
        nn.Conv2d(3, 2, 3), nn.Flatten(), nn.Linear(2 * 14 * 14, 900), nn.ReLU(), nn.Linear(900, 2)
    )
    reel = tapetum.Film(model).reel
    assert list(reel.weights) == ["0.weight", "0.bias", "2.bias", "4.weight", "4.bias"]
    assert reel.left_out == ("2.weight",)


def test_every_nth_step_is_filmed() -> None:
    model = _small()
    film = tapetum.Film(model, unit="step", every=5)
    for step in range(12):
        film.record(loss=step)
    assert film.reel.frames.tolist() == [0, 5, 10]
    assert film.reel.scores["loss"].tolist() == [4, 9]


@pytest.mark.parametrize("most", [3, 100])
def test_a_film_goes_on_after_a_restart(tmp_path: Path, most: int) -> None:
    model = _small()
    each = 4 * sum(p.numel() for p in model.parameters()) + 2 * 4 * 4 * (12 * 12 * 2 + 6 * 6)
    options = {"file": tmp_path / "film.npz", "memory": most * each}
    whole, _ = _filmed(6, memory=most * each)
    first, states = _filmed(4, **options)
    first.save()
    model.load_state_dict(states[-1])
    again = tapetum.Film(model, _probes(), names=NAMES, **options)
    assert again.last == 4
    for loss in whole.reel.scores["loss"][4:]:
        again.record(loss=loss)
    assert again.reel.frames.tolist() == whole.reel.frames.tolist()
    assert again.reel.moments.tolist() == [1, 2, 3, 4, 5, 6]
    assert np.array_equal(again.reel.scores["loss"], whole.reel.scores["loss"])


def test_a_run_from_an_older_checkpoint_replaces_what_came_after() -> None:
    film, _ = _filmed(5)
    film.record(3, loss=9.0)
    assert film.reel.frames.tolist() == [0, 1, 2, 3]
    assert film.reel.scores["loss"][-1] == 9


def test_a_file_holds_everything_and_no_code(tmp_path: Path) -> None:
    film, _ = _filmed()
    film.record(loss=0.1, accuracy=0.5)
    reel, found = film.reel, tapetum.Reel.load(film.save(tmp_path / "film.npz"))
    assert found.to_dict() == reel.to_dict()
    for name, values in {**reel.weights, **reel.maps}.items():
        assert np.array_equal(values, {**found.weights, **found.maps}[name])
    assert np.array_equal(found.probes, reel.probes)
    assert np.isnan(found.scores["accuracy"][:3]).all()
    with zipfile.ZipFile(tmp_path / "film.npz") as held:
        assert not [name for name in held.namelist() if not name.endswith(".npy")]
    with np.load(tmp_path / "film.npz", allow_pickle=False) as arrays:
        assert all(arrays[name].dtype != object for name in arrays.files)


def test_the_film_of_another_model_is_not_extended(tmp_path: Path) -> None:
    film, _ = _filmed(file=tmp_path / "film.npz")
    film.save()
    other = nn.Sequential(nn.Conv2d(1, 6, 5), nn.ReLU(), nn.Flatten(), nn.Linear(864, 2))
    with pytest.raises(DataError, match="film of another model"):
        tapetum.Film(other, _probes(), file=tmp_path / "film.npz")
    with pytest.raises(DataError, match="other probes"):
        tapetum.Film(_small(), 1 - _probes(), file=tmp_path / "film.npz")


def _cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-900])


def _text(path: Path) -> None:
    path.write_text("a film")


def _swapped(path: Path) -> None:
    with np.load(path) as arrays:
        held = dict(arrays)
    held["weights_0"] = held["weights_0"][:2]
    np.savez(path, **held)


def _pickled(path: Path) -> None:
    with np.load(path) as arrays:
        held = dict(arrays)
    held["likeness"] = np.array([print], object)
    np.savez(path, **held)


@pytest.mark.parametrize("damage", [_cut, _text, _swapped, _pickled])
def test_a_damaged_file_is_refused(tmp_path: Path, damage: object) -> None:
    path = tmp_path / "film.npz"
    _filmed()[0].save(path)
    damage(path)
    with pytest.raises(DataError, match="is not a film, or is damaged"):
        tapetum.Reel.load(path)


def test_nan_stops_with_the_moment_named_and_keeps_what_was_there() -> None:
    model = _small()
    film = tapetum.Film(model, _probes())
    film.record(loss=float("nan"), accuracy=0.5)
    assert film.reel.told(-1) == {"accuracy": 0.5}
    with torch.no_grad():
        model[0].weight[0, 0, 0, 0] = torch.inf
    with pytest.raises(NonFiniteError, match=r"weights 0\.weight .* at epoch 2"):
        film.record()
    assert film.reel.frames.tolist() == [0, 1]


@pytest.mark.parametrize(
    ("model", "options", "kind", "words"),
    [
        (nn.Linear(3, 2), {}, ModelError, "no convolution"),
        (nn.LazyConv2d(4, 3), {}, ModelError, "no values yet"),
        (_small(), {"probes": torch.rand(4, 16, 16)}, DataError, "probes have shape"),
        (_small(), {"probes": torch.rand(0, 1, 16, 16)}, DataError, "probes have shape"),
        (_small(), {"probes": _probes(), "names": ["one"]}, DataError, "1 names for 4 probes"),
        (_small(), {"probes": _probes(), "layers": ["4"]}, DataError, "no rows and columns"),
        (_small(), {"memory": 1000}, MemoryLimitError, "does not hold two"),
        (_small(), {"every": 0}, DataError, "every 0"),
        (_small(), {"file": "film.pt"}, OutputError, r"\.npz"),
    ],
)
def test_bad_input_is_named(
    model: nn.Module, options: dict[str, object], kind: type[Exception], words: str
) -> None:
    with pytest.raises(kind, match=words):
        tapetum.Film(model, **options)


def test_a_loss_that_still_has_its_graph_and_maps_beyond_half_precision_are_kept() -> None:
    model = _small()
    with torch.no_grad():
        model[0].bias.fill_(1e6)
    film = tapetum.Film(model, _probes())
    film.record(loss=model(_probes()).mean())
    assert film.reel.maps["0"].max() == np.finfo(np.float16).max


def test_bad_records_are_named() -> None:
    film, _ = _filmed(1)
    with pytest.raises(DataError, match="'loss' is Tensor"):
        film.record(loss=torch.zeros(2))
    with pytest.raises(DataError, match="epoch 0"):
        film.record(0)
    with pytest.raises(OutputError, match="no file of its own"):
        film.save()
