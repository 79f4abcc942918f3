"""Races need commits that others see; the database is emptied after each."""

import pytest

from tests.support import cast

# Twenty rounds find what a hundred do, a little less often; the hundred are played by `make deep-test`.
ROUNDS = pytest.mark.parametrize(
    "rounds", [pytest.param(20, id="20"), pytest.param(100, id="100", marks=pytest.mark.deep)]
)


@pytest.fixture
def district(transactional_db) -> cast.District:
    """The invented district with its people, committed."""
    return cast.build()
