"""Chat addresses as they are kept: sealed with a key that follows from the site's secret, which no backup holds."""

import base64

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings

PURPOSE = b"hetang-flow: chat addresses"


def seal(text: str) -> str:
    """The text as only this site can read it."""
    return _keys().encrypt(text.encode()).decode()


def unseal(sealed: str) -> str | None:
    """The text again, or None when it was sealed under another secret."""
    try:
        return _keys().decrypt(sealed.encode()).decode()
    except InvalidToken:
        return None


def _keys() -> MultiFernet:
    """The newest secret seals; those before it still open."""
    secrets = [settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS]
    return MultiFernet([Fernet(_derived(str(secret))) for secret in secrets])


def _derived(secret: str) -> bytes:
    made = HKDF(algorithm=SHA256(), length=32, salt=None, info=PURPOSE).derive(secret.encode())
    return base64.urlsafe_b64encode(made)
