"""Operations are tested on the cast's district, inside a transaction that is rolled back."""

import pytest

from tests.support import cast


@pytest.fixture
def district(db) -> cast.District:
    """The invented district with its people."""
    return cast.build()
