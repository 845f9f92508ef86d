"""Warnings of libraries are heard from this process and from workers, and none is printed."""

from __future__ import annotations

import json
import logging
import warnings

import pytest
from joblib import delayed

from genereport.parallel import results, shared
from genereport.runs.log import RunLog
from genereport.warned import Warned, collecting, take


def warn_and_return(value: int) -> int:
    warnings.warn("careful", RuntimeWarning, stacklevel=1)
    logging.getLogger("fontTools").warning("no glyph %d", 7)
    return value


class OddWarning(UserWarning):
    """A warning that no other process can read."""

    def __reduce__(self) -> str:
        raise TypeError


def warn_oddly() -> None:
    warnings.warn(OddWarning("odd"), stacklevel=1)


class Noisy:
    """An argument that warns while a worker reads it, before the task begins."""

    def __setstate__(self, state: dict[str, int]) -> None:
        warnings.warn("read", RuntimeWarning, stacklevel=1)

    def __getstate__(self) -> dict[str, int]:
        return {"a": 1}


def test_what_a_worker_warns_of_before_its_task_is_told(capfd: pytest.CaptureFixture[str]) -> None:
    with collecting(), shared(2):
        list(results([delayed(isinstance)(Noisy(), Noisy) for _ in range(2)]))
        assert "read" in {warned.message for warned, _ in take()}
    assert capfd.readouterr().err == ""


def test_warnings_and_messages_of_loggers_are_counted_and_not_printed(capfd: pytest.CaptureFixture[str]) -> None:
    with collecting(), warnings.catch_warnings():
        warnings.simplefilter("always")
        for value in range(3):
            warn_and_return(value)
        logging.getLogger("fontTools").info("nothing to tell")
        found = {warned.category: (warned, count) for warned, count in take()}
        assert take() == []
    assert found["RuntimeWarning"][0]._replace(place="") == Warned("RuntimeWarning", "careful", "")
    assert found["WARNING of fontTools"][0].message == "no glyph 7"
    assert [count for _, count in found.values()] == [3, 3]
    assert capfd.readouterr().err == ""


@pytest.mark.parametrize("jobs", [1, 2])
@pytest.mark.parametrize("backend", ["loky", "threading"])
def test_workers_tell_their_warnings(jobs: int, backend: str, capfd: pytest.CaptureFixture[str]) -> None:
    with collecting(), warnings.catch_warnings():
        warnings.simplefilter("always")
        with shared(jobs, backend):  # type: ignore[arg-type]
            assert list(results(delayed(warn_and_return)(value) for value in range(4))) == [0, 1, 2, 3]
            list(results([delayed(warn_oddly)()]))
        messages = {warned.message for warned, _ in take()}
    assert messages >= {"careful", "no glyph 7", "odd"}
    assert capfd.readouterr().err == ""


def test_places_name_the_package_and_no_folder() -> None:
    log = RunLog()
    with collecting():
        for file in ("/home/me/lib/python3.11/site-packages/numpy/linalg/a.py", "/usr/lib/python3.11/json/b.py",
                     "/work/genereport/genereport/stats/c.py", "/home/me/mine.py", "<string>"):  # fmt: skip
            warnings.warn_explicit("careful", UserWarning, file, 3)
        log.add_warnings()
    assert [event["place"] for event in log.events] == [
        "numpy/linalg/a.py:3", "json/b.py:3", "genereport/stats/c.py:3", "mine.py:3", "<string>:3"
    ]  # fmt: skip
    assert {"event", "seconds", "count", "category", "message", "place"} == set(json.loads(log.text().splitlines()[0]))


def test_what_was_there_before_is_restored(recwarn: pytest.WarningsRecorder) -> None:
    before = warnings.showwarning, list(logging.getLogger().handlers)
    with collecting():
        pass
    assert (warnings.showwarning, list(logging.getLogger().handlers)) == before
    with shared(2):
        list(results([delayed(warnings.warn)("elsewhere", RuntimeWarning, 1)]))
    assert "elsewhere" in {str(one.message) for one in recwarn}  # without collecting: as if the task had run here
