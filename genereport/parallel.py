"""Worker processes: started early, with one thread each, and ended with the process that started them."""

from __future__ import annotations

import gc
import importlib
import os
import signal
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext, suppress
from multiprocessing import resource_tracker
from typing import Any, Literal

from joblib import Parallel, delayed, effective_n_jobs, parallel_config
from joblib.parallel import get_active_backend

from genereport.errors import SettingsError
from genereport.warned import hold, recorded, unwrapped

Backend = Literal["loky", "threading", "multiprocessing", "dask"]

_SIGNALS = (signal.SIGINT, signal.SIGTERM)
_INTERVAL = 0.5


def shared(jobs: int = -1, backend: Backend = "loky", scheduler: str | None = None) -> AbstractContextManager[object]:
    """Let `results` share its tasks inside this context; equal calls reuse the same processes.

    The number of BLAS threads is fixed if workers are processes; threads share the limit of this process.

    Args:
        jobs: Number of processes; −1 for one per core. It has no effect on a Dask cluster.
        backend: Backend of joblib.
        scheduler: Address of the Dask scheduler, for that backend.

    Raises:
        SettingsError: GR630, GR631, GR632: Dask is not installed or has no address; no scheduler or no worker answers;
            workers have other versions.
    """
    if backend == "dask":
        return _on_cluster(scheduler)
    inner: dict[str, Any] = {} if backend == "threading" else {"inner_max_num_threads": 1}
    if backend == "loky":
        inner |= {"initializer": follow, "initargs": (os.getpid(),)}
    config: AbstractContextManager[object] = parallel_config(backend, n_jobs=jobs, **inner)
    return config


@contextmanager
def _on_cluster(scheduler: str | None) -> Iterator[None]:
    if not scheduler:
        raise SettingsError(
            "GR630",
            "The backend dask needs the address of a scheduler.",
            "Give it with --scheduler, e.g. tcp://10.0.0.1:8786.",
        )
    try:
        # Loads Dask, which need not be installed: 0.27 s.
        from genereport.dask_backend import connected
    except ImportError as error:
        raise SettingsError(
            "GR630", f"Dask is not installed ({error}).", "Run: pip install 'genereport[dask]'."
        ) from error
    with connected(scheduler) as backend, parallel_config(backend):
        yield


def results(tasks: Iterable[Any]) -> Iterable[Any]:
    """Return results of joblib's delayed calls in their order, computed meanwhile if the backend of `shared` allows it.

    What a worker warns of is issued in this process.
    """
    backend, jobs = get_active_backend()
    if not backend.supports_return_generator:
        return unwrapped(Parallel()(recorded(tasks)))
    # A backend of its own, because the first of several users to finish would close a shared one.
    own = type(backend)(inner_max_num_threads=backend.inner_max_num_threads, **backend.backend_kwargs)
    with nullcontext() if getattr(backend, "supports_sharedmem", False) else sheltered():
        return unwrapped(Parallel(n_jobs=jobs, backend=own, return_as="generator")(recorded(tasks)))


def warm(jobs: int, modules: Sequence[str]) -> None:
    """Let the processes of ``shared(jobs)`` import modules in the background; start the processes if necessary."""
    if effective_n_jobs(jobs) > 1:
        _in_background(_warm_up, jobs, modules)


def load(modules: Sequence[str]) -> threading.Thread:
    """Import modules in the background while this process waits for something other than Python.

    Join the thread before you import any of them: two threads that import different modules of a package may find it
    partly initialised.
    """
    return _in_background(_load, modules)


def _in_background(work: Callable[..., None], *arguments: object) -> threading.Thread:
    thread = threading.Thread(target=_call_quietly, args=(work, *arguments), daemon=True)
    thread.start()
    return thread


def _call_quietly(work: Callable[..., None], *arguments: object) -> None:
    with suppress(Exception):  # a failed import is reported where the module is used
        work(*arguments)


def _warm_up(jobs: int, modules: Sequence[str]) -> None:
    with shared(jobs):
        list(results(delayed(_load)(modules) for _ in range(effective_n_jobs(jobs))))


def _load(modules: Sequence[str]) -> None:
    for name in modules:
        importlib.import_module(name)


def collect_seldom() -> None:
    """Let Python's cyclic garbage collector run less often.

    Millions of objects of the packages stay until the end of a short process; scanning them again and again takes a
    sixth of the time of a build.
    """
    gc.set_threshold(50_000, 20, 50)


def follow(parent: int) -> None:
    """Start a thread that ends this worker once `parent` is gone, because a killed process cannot end its workers.

    What libraries warn of in this worker is kept for the parent from now on.
    """
    collect_seldom()
    hold()
    threading.Thread(target=_follow, args=(parent,), daemon=True).start()


def _follow(parent: int) -> None:
    while os.getppid() == parent:
        time.sleep(_INTERVAL)
    os._exit(1)


@contextmanager
def sheltered() -> Iterator[None]:
    """Block Ctrl-C and SIGTERM: processes started inside inherit the signal mask; this one gets the signals later."""
    resource_tracker.ensure_running()  # it starts with the first worker, and on its start it unblocks the signals
    before = signal.pthread_sigmask(signal.SIG_BLOCK, _SIGNALS)
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
