"""Races need commits that others see; the database is emptied after each."""

import pytest

from tests.support import cast


@pytest.fixture
def district(transactional_db) -> cast.District:
    """The invented district with its people, committed."""
    return cast.build()
