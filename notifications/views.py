"""The pages about notices: how one is told, and the letters that were set aside."""

from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from hetang_flow.lib.errors import Invalid, NotFound, Refusal
from notifications import channels, operations, rules, selectors
from notifications.forms import ChatForm, ReasonForm, WishesForm
from permissions.actors import Actor
from permissions.asking import person

# --- how one is told ---


@login_required
@never_cache
@require_http_methods(["GET", "POST"])
def settings(request: HttpRequest) -> HttpResponse:
    """How I am told outside the house: channels, urgency, quiet hours, the message of the day."""
    by, now = person(request)
    if request.method == "GET":
        return _settings(request, by, WishesForm.of(selectors.wishes_of(by.user_id)))
    form = WishesForm(request.POST)
    if not form.is_valid():
        return _settings(request, by, form, status=422)
    try:
        operations.save_wishes(form.wishes(), by=by, now=now)
    except Invalid as refusal:
        return _settings(request, by, form, refusal, status=422)
    messages.success(request, _("Kept. It holds for everything that has not gone out yet."), extra_tags="yes")
    return redirect("notice-settings")


@login_required
@require_POST
def save_address(request: HttpRequest) -> HttpResponse:
    """Keep where my bot speaks; the page never shows it again."""
    by, now = person(request)
    form, wishes = ChatForm(request.POST), WishesForm.of(selectors.wishes_of(by.user_id))
    if not form.is_valid():
        return _settings(request, by, wishes, chat=form, status=422)
    typed = form.cleaned_data
    try:
        operations.save_chat_address(typed["bot"], typed["address"], typed["secret"], by=by, now=now)
    except Invalid as refusal:
        return _settings(request, by, wishes, refusal, chat=form, status=422)
    messages.success(request, _("Kept. A first message is on its way there."), extra_tags="yes")
    return redirect("notice-settings")


@login_required
@require_POST
def remove_address(request: HttpRequest) -> HttpResponse:
    """Forget where my bot speaks."""
    by, now = person(request)
    operations.remove_chat_address(by=by, now=now)
    messages.success(request, _("Removed. Nothing is sent there any more."), extra_tags="yes")
    return redirect("notice-settings")


def _settings(
    request: HttpRequest,
    by: Actor,
    form: WishesForm,
    refusal: Refusal | None = None,
    *,
    chat: ChatForm | None = None,
    status: int = 200,
) -> HttpResponse:
    if refusal is not None:
        request.refusal_code = refusal.code  # type: ignore[attr-defined]
    context = {
        "form": form,
        "chat": chat or ChatForm(),
        "chat_refused": refusal if chat else None,
        "refusal": None if chat else refusal,
        "kept": selectors.chat_kept(by.user_id),
        "bots": channels.offered(),
    }
    return render(request, "notices/settings.html", context, status=status)


# --- letters that were set aside ---


@login_required
@never_cache
@require_GET
def set_aside(request: HttpRequest) -> HttpResponse:
    """The letters nobody took, for the system administrator: how they failed, never what they say."""
    by, _now = person(request)
    rules.may_look_after_letters(by).or_raise(NotFound)
    return _set_aside(request)


@login_required
@require_POST
def retry_letter(request: HttpRequest, letter: UUID) -> HttpResponse:
    """Try a letter again from the beginning."""
    return _after(request, letter, operations.retry_letter, _("It is tried again; kept in the record."))


@login_required
@require_POST
def drop_letter(request: HttpRequest, letter: UUID) -> HttpResponse:
    """Leave a letter unsent for good."""
    return _after(request, letter, operations.drop_letter, _("It stays unsent; kept in the record."))


def _after(request: HttpRequest, letter: UUID, act, done: str) -> HttpResponse:
    by, now = person(request)
    form = ReasonForm(request.POST)
    form.is_valid()
    reason = form.cleaned_data.get("reason", "")
    try:
        act(letter, reason=reason, by=by, now=now)
    except Invalid as refusal:
        request.refusal_code = refusal.code  # type: ignore[attr-defined]
        return _set_aside(request, refusal, letter, reason, status=422)
    messages.success(request, done, extra_tags="yes")
    return redirect("letters-set-aside")


def _set_aside(
    request: HttpRequest,
    refusal: Refusal | None = None,
    letter: UUID | None = None,
    reason: str = "",
    *,
    status: int = 200,
) -> HttpResponse:
    letters, count = selectors.letters_set_aside()
    context = {
        "letters": letters,
        "count": count,
        "refusal": refusal,
        "refused": letter,
        "reason": reason,
        "most": rules.LONGEST_REASON,
    }
    return render(request, "notices/set_aside.html", context, status=status)
