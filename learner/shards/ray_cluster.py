"""A Ray cluster: the one at an address, or one on this machine alone that listens on loopback and reports nothing."""

import logging
import os
import signal
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, NoReturn

from learner.errors import ClusterError

_LOOPBACK = "127.0.0.1"
_ALONE = "RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER"
"""Set to 0, it makes Ray listen on loopback, on any system: an address of loopback it replaces by the machine's."""
_OBJECT_STORE_BYTES = 80 * 2**20  # close to the least that Ray takes: nothing large passes through it
_REACHED_WITHIN_S = 5


@contextmanager
def joined_cluster(address: str | None, *, cpus: int) -> Iterator[Any]:
    """Yield Ray, connected to the cluster at HOST:PORT or auto; None is RAY_ADDRESS, or a new one of this machine.

    `cpus` is how many cores a new one offers. A connection that the process already has is used, and left as it is.
    Raises ClusterError if there is no cluster.
    """
    check_reachable(address)
    address = address or os.environ.get("RAY_ADDRESS")
    ray = _load(alone=address is None)
    if ray.is_initialized():
        yield ray
        return
    before = signal.getsignal(signal.SIGTERM) or signal.SIG_DFL
    try:
        _start(ray, cpus=cpus) if address is None else _join(ray, address)
        _handle_sigterm(_end if before == signal.SIG_DFL else before)  # Ray's handler prints a stack and ends at once
        yield ray
    finally:
        ray.shutdown()
        _handle_sigterm(before)


def check_reachable(address: str | None) -> None:
    """Raise ClusterError if nothing listens at the address, or at RAY_ADDRESS; Ray itself would try for minutes."""
    address = address or os.environ.get("RAY_ADDRESS")
    if address in (None, "auto"):
        return
    host, _, port = address.rpartition(":")
    if not host or not port.isdecimal() or "/" in host:
        raise ClusterError(f"Ray address: found {address!r}, expected HOST:PORT, such as 10.0.0.1:6379, or auto")
    try:
        socket.create_connection((host.strip("[]"), int(port)), timeout=_REACHED_WITHIN_S).close()
    except (OSError, OverflowError) as error:
        raise _no_cluster(address, error) from error


def _load(*, alone: bool) -> Any:
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
    os.environ.setdefault("RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO", "0")  # or older ones warn that newer ones do so
    if alone:
        os.environ.setdefault(_ALONE, "0")
    import ray

    return ray


def _start(ray: Any, *, cpus: int) -> None:
    context = _init(ray, "local", num_cpus=cpus, include_dashboard=False, object_store_memory=_OBJECT_STORE_BYTES)
    if (found := context.address_info["node_ip_address"]) != _LOOPBACK:
        raise ClusterError(
            f"Ray listens on {found}, expected {_LOOPBACK} alone: set {_ALONE}=0 before the program loads Ray"
        )


def _join(ray: Any, address: str) -> None:
    os.environ.setdefault("RAY_gcs_server_port_wait_time_s", "1")  # one try, which takes up to 45 s, instead of twenty
    _init(ray, address)


def _init(ray: Any, address: str, **settings: Any) -> Any:
    ray._private.worker._worker_logs_enabled = False  # or it prints a paragraph when a worker ends, which we report
    try:
        return ray.init(address, log_to_driver=False, logging_level=logging.ERROR, **settings)
    except (OSError, RuntimeError, ValueError, ray.exceptions.RayError) as error:
        raise _no_cluster(address, error) from error


def _no_cluster(address: str, error: Exception) -> ClusterError:
    reason = (str(error) or type(error).__name__).splitlines()[0].partition(". ")[0].rstrip(".")
    if address == "local":
        return ClusterError(f"Ray could not start on this machine: {reason}")
    return ClusterError(
        f"found no Ray cluster at {address} ({reason}): run this on one of its machines, where `ray status` shows it"
    )


def _handle_sigterm(handler: Any) -> None:
    if threading.current_thread() is threading.main_thread():
        signal.signal(signal.SIGTERM, handler)


def _end(number: int, frame: Any) -> NoReturn:
    raise SystemExit(128 + number)  # by way of `finally`, so that a cluster of this machine ends too
