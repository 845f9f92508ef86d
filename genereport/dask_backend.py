"""A joblib backend for a Dask cluster; imported only if a cluster is used.

joblib's own Dask backend scatters large arguments: the only copy is on some worker, and the run fails if that worker
dies. Here an array is the argument of a task instead, which the scheduler keeps. Arrays and finished results of a lost
worker are therefore computed again by another one.
"""

from __future__ import annotations

import os
import pickle
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import cache
from importlib import import_module
from typing import Any, NamedTuple
from uuid import uuid4

import cloudpickle
import dask
import numpy as np
from distributed import CancelledError, Client, Future, KilledWorker
from distributed.comm import CommClosedError
from distributed.versions import get_package_info
from joblib.parallel import ParallelBackendBase, SequentialBackend
from threadpoolctl import threadpool_limits

from genereport.errors import SettingsError, listed

_PATIENCE = 10
"""Seconds within which a scheduler must answer, and within which it must have a worker."""

_LARGE = 100_000
"""Size in bytes from which an array is sent once for all tasks, not with each task."""

_COMPARED = ("genereport", "numpy", "pandas", "scipy", "scikit-learn", "joblib", "threadpoolctl")
"""Packages whose versions can influence the numbers of a worker; Python's version is compared, too."""

_LOADED = ("scipy.linalg", "scipy.stats", "sklearn.ensemble", "sklearn.linear_model", "sklearn.svm")
"""Modules imported before a worker's threads are fixed, because each may have a thread pool of its own."""

Versions = dict[str, str]


class DaskBackend(ParallelBackendBase):  # type: ignore[misc]
    """Backend of joblib that turns each batch of calls into a task of the cluster.

    Args:
        client: Client that is connected to workers with the versions of this process.
    """

    supports_retrieve_callback = True
    supports_inner_max_num_threads = True

    def __init__(self, client: Client, **_: object) -> None:
        super().__init__(client=client)
        self._client = client
        self._arrays: dict[int, tuple[np.ndarray[Any, Any], Future]] = {}

    def effective_n_jobs(self, n_jobs: int) -> int:  # noqa: ARG002
        """Return the number of tasks that run at once; never 1, because joblib would then run them in this process."""
        threads: int = sum(self._client.nthreads().values())
        return max(2, threads)

    def submit(self, func: Any, callback: Callable[[Future], object] | None = None) -> Future:
        """Submit joblib's batch of calls as a task."""
        calls: list[object] = []
        arrays: list[Future] = []
        for function, arguments, named in func.items:
            placed = []
            for argument in arguments:
                large = isinstance(argument, np.ndarray) and argument.nbytes >= _LARGE
                placed.append(_Place(len(arrays)) if large else argument)
                arrays += [self._array(argument)] if large else []
            calls.append((function, tuple(placed), named))
        task = _Task(cloudpickle.dumps(calls), _versions())
        future = self._client.submit(task, *arrays, key=f"genereport-{uuid4().hex}", pure=False)
        if callback:
            future.add_done_callback(callback)
        return future

    def _array(self, array: np.ndarray[Any, Any]) -> Future:
        """Return the array as a task, one for all tasks that need it."""
        if id(array) not in self._arrays:
            future = self._client.submit(_return_unchanged, array, key=f"genereport-array-{uuid4().hex}", pure=False)
            self._arrays[id(array)] = array, future
        return self._arrays[id(array)][1]

    def retrieve_result_callback(self, out: Future) -> object:
        """Return the results of a batch.

        Raises:
            SettingsError: GR632 if a worker that joined meanwhile has other versions; GR633 if the scheduler is gone;
                GR635 if the task ended one worker after another.
        """
        try:
            return out.result()
        except KilledWorker as error:
            raise SettingsError(
                "GR635",
                f"The same task ended one worker after another ({error.last_worker.address} was the last).",
                "Read the logs of the workers. Most often they need more memory, or fewer processes per machine.",
            ) from error
        except (CancelledError, CommClosedError) as error:
            raise SettingsError(
                "GR633",
                "The connection to the Dask scheduler was lost before the work was done.",
                "Start the scheduler and the workers again, then give the same command.",
                str(self._client.scheduler_info().get("address", "")),
            ) from error

    def terminate(self) -> None:
        """Release the arrays on the cluster after all tasks are done."""
        self._arrays.clear()

    def abort_everything(self, ensure_ready: bool = True) -> None:  # noqa: ARG002
        """Release the arrays; the scheduler drops tasks whose results nobody waits for."""
        self._arrays.clear()

    def get_nested_backend(self) -> tuple[ParallelBackendBase, None]:
        """Return the sequential backend: a task does not share its work further."""
        return SequentialBackend(), None


class _Place(NamedTuple):
    """Placeholder of an array in the arguments of a call."""

    number: int


class _Task:
    """Calls that a worker runs one after the other; they are pickled here, so that Dask does not search them."""

    def __init__(self, calls: bytes, versions: Versions) -> None:
        self.calls = calls
        self.versions = versions

    def __call__(self, *arrays: np.ndarray[Any, Any]) -> list[object]:
        _limit_threads()
        _require_equal({"this worker": _versions()}, self.versions)
        return [
            function(*(arrays[a.number] if isinstance(a, _Place) else a for a in arguments), **named)
            for function, arguments, named in pickle.loads(self.calls)  # noqa: S301 - from the client
        ]


def _return_unchanged(array: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    return array


@cache
def _limit_threads() -> None:
    """Limit all thread pools of this worker, also of libraries loaded later, to one thread, because sums depend on it.

    This is part of the task and not a plugin, so that nothing is left on a cluster that others use, and workers that
    join or are restarted meanwhile need no setup.
    """
    for name in ParallelBackendBase.MAX_NUM_THREADS_VARS:
        os.environ[name] = "1"
    for name in _LOADED:
        import_module(name)
    threadpool_limits(1)


@contextmanager
def connected(address: str) -> Iterator[DaskBackend]:
    """Yield a backend for joblib that is connected inside this context.

    Args:
        address: Address of the scheduler, such as ``tcp://10.0.0.1:8786``.

    Raises:
        SettingsError: GR631 if no scheduler answers there, or it has no worker; GR632 if versions differ.
    """
    # The graph holds the arrays on purpose, so the warning about large graphs is switched off.
    with dask.config.set({"distributed.admin.large-graph-warning-threshold": "1TB"}):
        client = _client(address)
        try:
            found = client.get_versions(packages=list(_COMPARED))["workers"]
            workers = {
                name: {key: versions["packages"][key] for key in _versions()} for name, versions in found.items()
            }
            _require_equal(workers, _versions())
            yield DaskBackend(client)
        finally:
            client.close(timeout=2)


def _client(address: str) -> Client:
    client = None
    try:
        client = Client(address, timeout=_PATIENCE, set_as_default=False)
        client.wait_for_workers(1, timeout=_PATIENCE)
    except (OSError, ValueError) as error:
        if client:
            client.close(timeout=2)
        problem = "The Dask scheduler has no workers." if client else "No Dask scheduler answers at this address."
        remedy = (
            "Start 'dask scheduler' and, on each machine, 'dask worker ADDRESS'; then give ADDRESS with --scheduler."
        )
        raise SettingsError("GR631", problem, remedy, address) from error
    return client


@cache
def _versions() -> Versions:
    """Return this process's versions as Dask reports them for every worker, even one without genereport."""
    return {name: str(get_package_info(_COMPARED)[name]) for name in ("python", *_COMPARED)}


def _require_equal(workers: Mapping[str, Mapping[str, str | None]], own: Versions) -> None:
    differing = [
        f"{package} {versions[package] or 'missing'} on {worker} ({own[package]} here)"
        for worker, versions in workers.items()
        for package in own
        if str(versions[package]) != own[package]
    ]
    if differing:
        raise SettingsError(
            "GR632",
            f"Workers have other package versions than this process, so numbers could differ: {listed(differing, 3)}.",
            "Install the same environment (requirements.lock) on all of them.",
        )
