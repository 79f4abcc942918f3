"""Operations are tested on the cast's district, inside a transaction that is rolled back."""

import pytest

from flows.engine.selectors_policy import policy_by_id
from tests.support import cast, scene


@pytest.fixture
def district(db) -> cast.District:
    """The invented district with its people."""
    return cast.build()


@pytest.fixture
def crowd(db) -> cast.District:
    """The district with more people: heads, a third leader, a secretary, administrators, somebody without a post."""
    policy_by_id.cache_clear()
    return scene.crowd()
