"""Pages are tested as people use them: the cast signs in, the database is rolled back after each test."""

from collections.abc import Callable

import pytest
from django.core.cache import cache
from django.test import Client

from tests.support import cast
from tests.support.signed import signed_in


@pytest.fixture
def district(db) -> cast.District:
    """The invented district with its people; nothing is remembered from another test."""
    cache.clear()
    return cast.build()


@pytest.fixture
def browser(district) -> Callable[..., Client]:
    """A browser in which somebody of the cast is signed in, in English unless told otherwise."""

    def sign_in(name: str, language: str = "en") -> Client:
        client = Client()
        signed_in(district.users[name], client)
        client.cookies["django_language"] = language
        return client

    return sign_in
