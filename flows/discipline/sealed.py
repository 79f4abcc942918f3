"""Texts at rest: sealed when they are written, opened when they are read; the first key seals, every key opens."""

import base64
from typing import Any

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings
from django.db import models

from hetang_flow.lib.errors import Unavailable

PURPOSE = b"hetang-flow: discipline"


def seal(text: str) -> str:
    """The text as only this site can read it."""
    return _keys().encrypt(text.encode()).decode()


def unseal(sealed: str) -> str:
    """The text again. Raises Unavailable("field-key-missing") when none of the keys opens it."""
    try:
        return _keys().decrypt(sealed.encode()).decode()
    except InvalidToken as error:
        raise Unavailable("field-key-missing") from error


def reseal(sealed: str) -> str:
    """The same text sealed with the first key; raises as `unseal` does."""
    return seal(unseal(sealed))


def is_current(sealed: str) -> bool:
    """Whether the first key opens it: then nothing is to be done."""
    try:
        Fernet(_derived(_secrets()[0])).decrypt(sealed.encode())
    except InvalidToken:
        return False
    return True


def _secrets() -> list[str]:
    """HETANG_FIELD_KEYS; without them the site's own secret and those before it."""
    own = [str(key) for key in settings.FIELD_KEYS]
    return own or [str(key) for key in (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS)]


def _keys() -> MultiFernet:
    return MultiFernet([Fernet(_derived(secret)) for secret in _secrets()])


def _derived(secret: str) -> bytes:
    made = HKDF(algorithm=SHA256(), length=32, salt=None, info=PURPOSE).derive(secret.encode())
    return base64.urlsafe_b64encode(made)


class SealedText(models.TextField):
    """A text that the database holds sealed; it cannot be searched or compared there."""

    def get_prep_value(self, value: Any) -> Any:
        """Seal what is written."""
        text = super().get_prep_value(value)
        return seal(text) if text else text

    def from_db_value(self, value: Any, expression: Any, connection: Any) -> Any:
        """Open what is read."""
        return unseal(value) if value else value
