"""A Dask cluster gives the bytes that this machine gives, also when one of its workers is killed at work."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pytest
from joblib import delayed
from joblib.parallel import ParallelBackendBase
from threadpoolctl import threadpool_info

from genereport.errors import SettingsError
from genereport.parallel import results, shared
from tests.command import genereport
from tests.e2e.test_kill import wait_until, write_cohort

dask = pytest.importorskip("distributed")
cluster = pytest.importorskip("genereport.dask_backend")

FAST = ("models.trees=10", "models.epochs=2", "evaluation.bootstrap=100", "evaluation.folds=4")


class Cluster(NamedTuple):
    """A scheduler and two workers of one thread, each a process of its own."""

    address: str
    scheduler: subprocess.Popen[bytes]
    workers: list[subprocess.Popen[bytes]]


def started(*arguments: str) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "dask", *arguments, "--no-dashboard"]
    return subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


@pytest.fixture
def running(tmp_path: Path) -> Iterator[Cluster]:
    file = tmp_path / "scheduler.json"
    scheduler = started("scheduler", "--host", "127.0.0.1", "--port", "0", "--scheduler-file", str(file))
    place = ("--scheduler-file", str(file), "--local-directory", str(tmp_path))
    workers = [started("worker", "--nthreads", "1", "--no-nanny", *place) for _ in range(2)]
    try:
        wait_until(lambda: file.exists() and file.stat().st_size, 30)
        with dask.Client(scheduler_file=str(file), set_as_default=False) as client:
            client.wait_for_workers(2, timeout=60)
            address = client.scheduler.address
        yield Cluster(address, scheduler, workers)
    finally:
        for process in (*workers, scheduler):
            process.kill()
            process.wait()


def kill_at_work(cluster: Cluster, finished: Callable[[], bool]) -> bool:
    """Kill the worker that has most to do, once it holds the matrix and a split."""
    with dask.Client(cluster.address, set_as_default=False) as client:
        while not finished():
            processes = client.run(os.getpid)
            busy = {worker: keys for worker, keys in client.processing().items() if any("array" not in k for k in keys)}
            holding = {worker for worker, keys in client.has_what().items() if any("array" in key for key in keys)}
            for worker in holding & set(busy):
                os.kill(processes[worker], signal.SIGKILL)
                return True
            time.sleep(0.02)
    return False


def build(folder: Path, name: str, *options: str) -> Path:
    settings = [part for setting in FAST for part in ("--set", setting)]
    out = folder / name / "report.html"
    done = genereport(
        "build", folder / "cohort", "--out", out, "--effort", "quick", "--format", "html", *settings, *options
    )
    assert done.returncode == 0, done.stderr
    return out.with_name("report_data")


@pytest.mark.slow
def test_a_worker_that_is_killed_changes_no_byte(running: Cluster, tmp_path: Path) -> None:
    write_cohort(tmp_path / "cohort", 1500)  # enough for the matrix to be a task of its own
    with ThreadPoolExecutor(1) as pool:
        job = pool.submit(build, tmp_path, "cluster", "--backend", "dask", "--scheduler", running.address)
        assert kill_at_work(running, job.done)
        data = job.result()
    assert sum(worker.poll() is not None for worker in running.workers) == 1
    alone = build(tmp_path, "alone", "--jobs", "2")
    for file in ("results.json", "run.json", "model/manifest.json", "tables/folds.tsv", "figures/comparison.svg"):
        assert (data / file).read_bytes() == (alone / file).read_bytes(), file
    assert (data.with_name("report.html")).read_bytes() == alone.with_name("report.html").read_bytes()


@pytest.mark.slow
def test_work_is_done_in_order_on_one_thread_and_a_lost_scheduler_is_told(running: Cluster) -> None:
    matrix = np.arange(40_000.0)
    with shared(-1, "dask", running.address):
        assert list(results(delayed(item)(matrix, number) for number in range(20))) == list(range(20))
        assert all(told == {1} for told in results(delayed(threads)() for _ in range(4)))
        assert list(results(delayed(lambda number: -number)(number) for number in range(3))) == [0, -1, -2]
        with pytest.raises(IndexError):
            list(results([delayed(item)(matrix, matrix.size)]))
        found = iter(results(delayed(waiting)(matrix, number) for number in range(4)))
        running.scheduler.kill()
        with pytest.raises(SettingsError) as refusal:
            list(found)
    assert refusal.value.code == "GR633"


def waiting(array: np.ndarray[Any, Any], number: int) -> float:
    time.sleep(1)
    return float(array[number])


def item(array: np.ndarray[Any, Any], number: int) -> float:
    return float(array[number])


def threads() -> set[int]:
    assert all(os.environ[name] == "1" for name in ParallelBackendBase.MAX_NUM_THREADS_VARS)
    return {library["num_threads"] for library in threadpool_info()}


def test_workers_of_other_versions_are_refused() -> None:
    own = {"python": "3.12.1", "numpy": "2.4.6"}
    cluster._require_equal({"tcp://a:1": own}, own)
    for other in ({"numpy": "2.4.5"}, {"numpy": None}, {"python": "3.12.2"}):
        with pytest.raises(SettingsError, match="on tcp://b:1") as refusal:
            cluster._require_equal({"tcp://a:1": own, "tcp://b:1": own | other}, own)
        assert refusal.value.code == "GR632"


def test_a_worker_of_another_version_that_joins_later_refuses_the_task(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cluster, "_limit_threads", lambda: None)
    with pytest.raises(SettingsError, match=r"this worker \(1\.0 here\)") as refusal:
        cluster._Task(b"", {**cluster._versions(), "numpy": "1.0"})()
    assert refusal.value.code == "GR632"


def test_a_task_that_ends_one_worker_after_another_is_told() -> None:
    class Lost:
        def result(self) -> None:
            state = dask.scheduler.WorkerState(
                address="tcp://a:1", status=dask.Status.running, pid=1, name="", nthreads=1, memory_limit=0,
                local_directory="", nanny=None, server_id="",
            )  # fmt: skip
            raise dask.KilledWorker("split", state, 3)

    with pytest.raises(SettingsError, match="tcp://a:1") as refusal:
        cluster.DaskBackend(None).retrieve_result_callback(Lost())
    assert refusal.value.code == "GR635"


@pytest.mark.parametrize(("scheduler", "code"), [(None, "GR630"), ("127.0.0.1:1", "GR631"), ("nowhere", "GR631")])
def test_without_a_cluster_it_is_refused_in_one_paragraph(
    scheduler: str | None, code: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cluster, "_PATIENCE", 1)
    with pytest.raises(SettingsError) as refusal, shared(-1, "dask", scheduler):
        pass
    assert refusal.value.code == code
    assert "\n" not in str(refusal.value)


def test_without_dask_it_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "genereport.dask_backend", None)
    with pytest.raises(SettingsError, match="pip install") as refusal, shared(-1, "dask", "127.0.0.1:1"):
        pass
    assert refusal.value.code == "GR630"
