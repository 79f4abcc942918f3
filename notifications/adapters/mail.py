"""Plain e-mail through Django's backend: the title and a link, nothing else."""

from dataclasses import dataclass
from smtplib import SMTPDataError, SMTPException, SMTPRecipientsRefused

from django.conf import settings
from django.core.mail import EmailMessage
from django.template.loader import render_to_string

from notifications.adapters import PermanentFailure, TemporaryFailure


@dataclass(frozen=True, slots=True)
class Letter:
    """What goes out; `key` stays the same at every attempt, so that a receiver can tell a repeat."""

    key: str
    address: str
    title: str
    url: str


def send(letter: Letter) -> None:
    """Hand one letter to the mail server; TemporaryFailure or PermanentFailure when it is not taken."""
    site = getattr(settings, "PUBLIC_URL", "http://localhost:8000").rstrip("/")
    link = site + (letter.url or "/")
    message = EmailMessage(
        subject=" ".join(letter.title.split()),
        body=render_to_string("notices/mail.txt", {"title": letter.title, "link": link}),
        to=[letter.address],
        headers={"Message-ID": f"<{letter.key}@hetang-flow.invalid>", "Auto-Submitted": "auto-generated"},
    )
    try:
        message.send()
    except SMTPRecipientsRefused as error:
        codes = [code for code, _reason in error.recipients.values()]
        kind = PermanentFailure if codes and min(codes) >= 500 else TemporaryFailure
        raise kind(f"recipient refused: {codes}") from error
    except SMTPDataError as error:
        kind = PermanentFailure if error.smtp_code >= 500 else TemporaryFailure
        raise kind(f"letter refused: {error.smtp_code}") from error
    except (SMTPException, OSError) as error:
        # A wrong password or sender is ours to put right: the letter waits.
        raise TemporaryFailure(f"{type(error).__name__}: {error}") from error
    except ValueError as error:
        raise PermanentFailure(f"not an address: {type(error).__name__}") from error
