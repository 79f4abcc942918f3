"""Plain e-mail through Django's backend: the title and a link, nothing else."""

from smtplib import SMTPDataError, SMTPException, SMTPRecipientsRefused

from django.core.mail import EmailMessage

from notifications.adapters import Letter, PermanentFailure, TemporaryFailure


def send(letter: Letter) -> None:
    """Hand one letter to the mail server; TemporaryFailure or PermanentFailure when it is not taken."""
    message = EmailMessage(
        subject=letter.heading,
        body=letter.text("notices/mail.txt"),
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
        raise TemporaryFailure(type(error).__name__ + _code_of(error)) from error
    except ValueError as error:
        raise PermanentFailure(f"not an address: {type(error).__name__}") from error


def _code_of(error: Exception) -> str:
    """The number in an answer; its text may repeat an address or a subject and is not kept."""
    code = getattr(error, "smtp_code", None) or getattr(error, "errno", None)
    return f" {code}" if code else ""
