"""The page where a one-time code becomes a password: open to nobody in particular, and telling nobody anything."""

from allauth.account.adapter import get_adapter
from django.contrib import messages
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from hetang_flow.lib import clock
from hetang_flow.lib.errors import Invalid
from permissions import operations_log_in

from .forms import CodeForm
from .operations_codes import use_code


@sensitive_post_parameters()
@never_cache
@require_http_methods(["GET", "POST"])
def account_code(request: HttpRequest) -> HttpResponse:
    """Account, code and a password of one's own. Unknown, closed, wrong and expired answer alike."""
    form = CodeForm(request.POST or None)
    if request.method == "GET":
        return render(request, "accounts/code.html", {"form": form})
    if form.is_valid():
        try:
            if _used(request, form):
                messages.success(request, _("Your password is set. Sign in with it."), extra_tags="yes")
                return redirect("account_login")
        except Invalid as refused:
            request.refusal_code = refused.code  # type: ignore[attr-defined]
            return render(request, "accounts/code.html", {"form": form, "refused": refused}, status=422)
        except ValidationError as wrong:
            form.add_error("password1", wrong)
    return render(request, "accounts/code.html", {"form": form}, status=422)


def _used(request: HttpRequest, form: CodeForm) -> bool:
    """Whether the code was right; raises Invalid when it was not, or too many were not."""
    typed = form.cleaned_data
    validate_password(typed["password1"])  # first, so that a poor password says nothing about the code
    adapter, now = get_adapter(request), clock.now()
    address = adapter.get_client_ip(request)
    if not operations_log_in.try_log_in(typed["username"], address, now=now):
        raise Invalid("locked-out")
    if use_code(typed["username"], typed["code"], typed["password1"], now=now) is None:
        adapter.authentication_failed(request, username=typed["username"])
        raise Invalid("code-wrong")
    operations_log_in.succeeded(typed["username"], address)
    return True
