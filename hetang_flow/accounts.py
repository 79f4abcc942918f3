"""How allauth meets this house: accounts are given out, nobody signs up, and wrong passwords are counted in the database."""

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from django.conf import settings
from django.db import transaction
from django.http import HttpRequest

from flows.journal.operations import record, system_chain
from hetang_flow.lib import clock
from permissions import operations_log_in
from permissions.access import address_of
from permissions.actors import SYSTEM

NOWHERE = "0.0.0.0"  # noqa: S104 - the address of a socket file


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]
    """The account rules of the district."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """Nobody makes an account for themselves."""
        return False

    def get_client_ip(self, request: HttpRequest) -> str:
        """The address behind our own proxies, so that one person's wrong passwords hold up nobody else."""
        forwarded = request.headers.get("X-Forwarded-For", "")
        trusted = getattr(settings, "TRUSTED_PROXY", ())
        return address_of(request.META.get("REMOTE_ADDR", ""), forwarded, trusted) or NOWHERE

    def authenticate(self, request: HttpRequest, **credentials: Any) -> Any:
        """Count first and look at the password after: an unknown account is counted, refused and slow like a known one."""
        username, address = credentials.get("username", ""), self.get_client_ip(request)
        if not operations_log_in.try_log_in(username, address, now=clock.now()):
            request.refusal_code = "locked-out"  # type: ignore[attr-defined]
            raise self.validation_error("too_many_login_attempts")
        user = super().authenticate(request, **credentials)
        if user is not None:
            operations_log_in.succeeded(username, address)
        return user

    def pre_authenticate(self, request: HttpRequest, **credentials: Any) -> None:
        """Counted in `authenticate`, by the database; the library's own count lies in a cache per process."""
        self._login_failed_rl_usage = None

    @transaction.atomic
    def authentication_failed(self, request: HttpRequest, **credentials: Any) -> None:
        """A count that reaches its limit goes on record."""
        now, address = clock.now(), self.get_client_ip(request)
        for row in operations_log_in.failed(credentials.get("username", ""), address):
            facts = {"count": row.pk, "of": row.kind, "failures": row.failures, "user": row.user_id}
            record("account.locked", chain_id=system_chain(), by=SYSTEM, happened=now, now=now, facts=facts)
