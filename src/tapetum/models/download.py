"""Fetch weights through the libraries that own them: without noise, and not for long without a network."""

import contextlib
import io
import logging
import os
import socket
from collections.abc import Iterator
from typing import Any

from tapetum.errors import DownloadError, ModelError

_SECONDS = 10.0
_NOISY = ("timm", "huggingface_hub", "httpx", "httpx2")
_NETWORK = {"httpx", "httpx2", "httpcore", "httpcore2", "requests", "urllib3", "huggingface_hub", "http"}


@contextlib.contextmanager
def fetching(what: str) -> Iterator[None]:
    """Around a call that may download the weights of `what` and reads them.

    Within it a silent network counts as none after some seconds, and `torch.load` reads tensors only,
    whatever the library asks of it.

    Raises:
        DownloadError: they could not be fetched.
        ModelError: they were fetched, and could not be read.
    """
    silence = socket.getdefaulttimeout()
    with (
        _environment(TORCH_FORCE_WEIGHTS_ONLY_LOAD="1", TORCH_FORCE_NO_WEIGHTS_ONLY_LOAD=None),
        _quiet(),
    ):
        socket.setdefaulttimeout(_SECONDS)
        try:
            yield
        except ModelError:
            raise
        except Exception as error:
            if _about_the_network(error):
                raise not_fetched(what, error) from error
            raise ModelError(
                f"The weights of {what} could not be read: {type(error).__name__}: {_first_line(error)}. "
                "Remove the file from the cache folder so that it is fetched anew, or pass pretrained=False."
            ) from error
        finally:
            socket.setdefaulttimeout(silence)


def reach_hub(what: str, repository: str, names: tuple[str, ...]) -> None:
    """Ask the Hugging Face hub once, unless one of the files is in the cache already.

    The hub's own client would ask again for three quarters of a minute.

    Raises:
        DownloadError: the hub cannot be reached.
    """
    import huggingface_hub

    if any(isinstance(huggingface_hub.try_to_load_from_cache(repository, name), str) for name in names):
        return
    url = huggingface_hub.hf_hub_url(repository, names[0])
    try:
        huggingface_hub.get_hf_file_metadata(url, timeout=_SECONDS)
    except Exception as error:
        # An answer, even "no such file", means that there is a network; then timm knows best what to ask for.
        if getattr(error, "response", None) is None:
            raise not_fetched(what, error) from error


def not_fetched(what: str, error: BaseException) -> DownloadError:
    """The one line that says what is missing and what else can be done."""
    return DownloadError(
        f"The weights of {what} could not be fetched ({_first_line(_root(error))}). "
        "Check the network, or pass --random-weights / pretrained=False, or a weights file."
    )


def _about_the_network(error: BaseException) -> bool:
    if "invalid hash value" in str(error):
        return True
    return any(
        isinstance(part, OSError) or type(part).__module__.split(".")[0] in _NETWORK for part in _chain(error)
    )


def _chain(error: BaseException) -> Iterator[BaseException]:
    seen: BaseException | None = error
    while seen is not None:
        yield seen
        seen = seen.__cause__ or seen.__context__


def _root(error: BaseException) -> BaseException:
    return list(_chain(error))[-1]


def _first_line(error: BaseException) -> str:
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    return lines[0].rstrip(".")[:200] if lines else type(error).__name__


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    """No line on stdout, and no log line below an error, from the libraries that fetch."""
    loggers = [logging.getLogger(name) for name in _NOISY]
    levels = [logger.level for logger in loggers]
    for logger in loggers:
        logger.setLevel(logging.ERROR)
    try:
        with contextlib.redirect_stdout(io.StringIO()):
            yield
    finally:
        for logger, level in zip(loggers, levels, strict=True):
            logger.setLevel(level)


@contextlib.contextmanager
def _environment(**values: Any) -> Iterator[None]:
    before = {name: os.environ.get(name) for name in values}
    _set(values)
    try:
        yield
    finally:
        _set(before)


def _set(values: dict[str, str | None]) -> None:
    for name, value in values.items():
        if value is None:
            os.environ.pop(name, None)
        else:
            os.environ[name] = value
