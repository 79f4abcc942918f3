"""How allauth meets this house: accounts are given out, nobody signs up."""

from allauth.account.adapter import DefaultAccountAdapter
from django.conf import settings
from django.http import HttpRequest

from permissions.access import address_of


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]
    """The account rules of the district."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """Nobody makes an account for themselves."""
        return False

    def get_client_ip(self, request: HttpRequest) -> str:
        """The address behind our own proxies, so that one person's wrong passwords hold up nobody else."""
        forwarded = request.headers.get("X-Forwarded-For", "")
        trusted = getattr(settings, "TRUSTED_PROXY", ())
        return address_of(request.META.get("REMOTE_ADDR", ""), forwarded, trusted) or "0.0.0.0"  # noqa: S104
