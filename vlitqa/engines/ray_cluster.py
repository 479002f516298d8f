"""A Ray cluster: started on this machine for one command, or joined where RAY_ADDRESS names one."""

from __future__ import annotations

import logging
import math
import os
import signal
import socket
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stdout
from importlib.util import find_spec
from types import ModuleType
from typing import Any

from vlitqa.engines.cores import available_cores
from vlitqa.engines.threads import limited_children
from vlitqa.errors import RunError, ToolMissing

if find_spec("ray") is None:
    raise ToolMissing("--engine ray needs the package ray.", repair="pip install 'vlitqa[ray]'")

_ADDRESS = "RAY_ADDRESS"
_CONNECT_SECONDS = 10.0
"""In which a cluster must answer."""


def import_ray() -> ModuleType:
    """Imports Ray, which listens on the loopback device alone unless RAY_ADDRESS names a cluster.

    Ray reads that from the environment when it is imported, and never again.
    """
    if os.environ.get(_ADDRESS, "") in ("", "local"):
        os.environ.setdefault("RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER", "0")
        os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
    import ray

    return ray


def gpu_share(gpus: float, workers: int) -> float:
    """The part of a GPU for each worker: so many share one that all find room."""
    return 1 / math.ceil(workers / gpus) if gpus else 0.0


@contextmanager
def connect_ray(ray: ModuleType, workers: int) -> Iterator[None]:
    """Gives access to a cluster: that of the caller, of the user, or one that this machine keeps to itself."""
    if ray.is_initialized():
        yield
        return
    with redirect_stdout(sys.stderr):  # where Ray's own words belong: what we print may be read by a program
        try:
            with _keep_sigterm():
                _start_or_join(ray, workers)
            yield
        finally:
            ray.shutdown()


@contextmanager
def _keep_sigterm() -> Iterator[None]:
    """Keeps what this process does on SIGTERM meanwhile: Ray would let it exit wherever it stands."""
    set_signal: Any = signal.signal
    ours = signal.getsignal(signal.SIGTERM)

    def set_others(number: Any, handler: Any) -> Any:
        return signal.getsignal(number) if number == signal.SIGTERM else set_signal(number, handler)

    signal.signal = set_others  # type: ignore[assignment]
    try:
        yield
    finally:
        signal.signal = set_signal
        if threading.current_thread() is threading.main_thread():
            signal.signal(signal.SIGTERM, ours)  # Ray's native code has put itself before it


def _start_or_join(ray: ModuleType, workers: int) -> None:
    """Starts Ray on this machine, or joins the cluster that RAY_ADDRESS names; raises RunError."""
    quiet: dict[str, Any] = {"log_to_driver": False, "logging_level": logging.ERROR}
    address = os.environ.get(_ADDRESS)
    if address in (None, "", "local"):
        with limited_children(workers or available_cores()):  # which its workers inherit
            ray.init(address="local", include_dashboard=False, num_cpus=workers or None, **quiet)
        return
    try:
        _refuse_silent(address)
        ray.init(address=address, **quiet)
    except (OSError, ray.exceptions.RayError, RuntimeError, ValueError) as error:
        raise RunError(
            f"No Ray cluster answers at {address} ({last_line(error)}).",
            repair=f"Start it, or unset {_ADDRESS} to use this machine alone.",
        ) from None


def _refuse_silent(address: str) -> None:
    """Raises OSError where nothing listens at HOST:PORT; Ray would go on trying for minutes."""
    host, _, port = address.removeprefix("ray://").rpartition(":")
    if host and port.isdecimal():
        socket.create_connection((host.strip("[]"), int(port)), _CONNECT_SECONDS).close()


def last_line(error: Exception) -> str:
    """The last line of what an error says: the others tell where Ray was."""
    return (str(error).strip().splitlines() or [type(error).__name__])[-1].strip()[:200]
