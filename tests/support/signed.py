"""Signing somebody in for a test of pages: past the password, and past the second factor of whoever needs one.

The middleware is as in production; the session says what it would say after a code that was right.
"""

from django.test import Client

from hetang_flow.second_factor import DONE, FACTOR
from permissions.models import User

BACKEND = "allauth.account.auth_backends.AuthenticationBackend"


def signed_in(user: User, client: Client | None = None) -> Client:
    """A browser in which this person has signed in with all that is asked of them."""
    client = client or Client()
    client.force_login(user, backend=BACKEND)
    session = client.session
    session[FACTOR] = DONE
    session.save()
    return client
