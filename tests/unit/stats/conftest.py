"""What the tests of the kernels share."""

from __future__ import annotations

import pandas as pd
import pytest

from tests.unit.stats.references import reference


@pytest.fixture(scope="session")
def expression() -> pd.DataFrame:
    """The simulated input of tests/reference/reference.R: codes of two, three and four groups, then genes."""
    return reference("expression")
