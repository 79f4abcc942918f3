"""Every operation as a page of one screen: a look shows its form or the reason why not, a press performs it."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.forms import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods

from hetang_flow.lib.errors import NotAllowed
from permissions.actors import Actor
from permissions.asking import person

from . import actions, operations, rules, selectors, visibility
from . import selectors_choices as choices
from . import selectors_offers as offers
from . import selectors_phrases as phrases
from .forms import ActForm, Numbers, PhraseForm
from .models import Assignment, Run
from .selectors_ahead import coming
from .selectors_run import Seen, seen
from .selectors_sheet import outcome_of
from .standing import Bars
from .views import number_of

TEXT_PARTS = ("opinion", "reason")


# --- one view for every operation ---


@login_required
@never_cache
@require_http_methods(["GET", "POST"])
def act(request: HttpRequest, run_id: UUID, name: str) -> HttpResponse:
    """Show the form of an operation, or perform it; without scripts a search for posts comes back with the form."""
    action = actions.BY_NAME[name]
    if request.method == "POST" and "find" not in request.POST:
        return _perform(request, run_id, action)
    by, now = person(request)
    saw = seen(run_id, by, now)
    number = number_of(request.GET.get("as", "") or request.POST.get("assignment", ""))
    offer = actions.offer(action, saw, saw.share(number))
    context = {"action": action, "offer": offer, "run": saw.run, "seen": saw}
    if offer.possible:
        context |= _form(request, saw, offer)
    in_dialog = request.headers.get("HX-Target") == "act"
    return render(request, "engine/act_dialog.html" if in_dialog else "engine/act.html", context)


def _form(request: HttpRequest, saw: Seen, offer: actions.Offer) -> dict[str, Any]:
    """What the parts of a form let people choose from, and what was typed already."""
    action, share, typed = offer.action, offer.share, request.POST
    context: dict[str, Any] = {
        "asks": action.asks,
        "why": "reason" in action.asks,
        "typed": typed,
        "least": rules.SHORTEST_REASON,
        "most": rules.LONGEST_TEXT,
        "next": coming(share.step)[:1] if share and action.direct and action.goes_on else [],
    }
    if any(part in action.asks for part in TEXT_PARTS):
        fitting = phrases.for_opinions() if action.long else phrases.for_reasons() if action.says_no else []
        context["phrases"] = phrases.usual_phrases(saw.actor, fitting)
        context["words"] = typed.get("reason", typed.get("opinion", "")) or _kept(saw, offer)
    if "to" in action.asks and share:
        context["backs"] = choices.steps_back(saw, share)
    if "turn" in action.asks and share:
        context["turns"] = offers.turns(share)
    if "node" in action.asks:
        context["nodes"] = choices.steps_to_come(saw)
    if "step" in action.asks:
        context["steps"] = choices.steps_to_reopen(saw)
    if "to_user" in action.asks and share:
        context["colleagues"] = choices.free_colleagues(saw, share)
    if "post" in action.asks or "posts" in action.asks:
        context |= _picker(request, saw, offer)
    return context


def _kept(saw: Seen, offer: actions.Offer) -> str:
    """The opinion kept for this share by this person; for somebody who has none yet, nothing."""
    if offer.share is None or "opinion" not in offer.action.asks:
        return ""
    own = (d for d in saw.drafts(offer.share) if d.author_id == saw.actor.user_id)
    return next((draft.text for draft in own), "")


def _picker(request: HttpRequest, saw: Seen, offer: actions.Offer) -> dict[str, Any]:
    """The posts chosen so far and those found, for a page without scripts."""
    bars = _bars(saw, offer.action, offer.share, request.POST.get("node", ""))
    several = "posts" in offer.action.asks
    typed = request.POST.getlist("posts" if several else "post")
    try:
        ids = Numbers().clean(typed)
    except ValidationError:
        ids = []
    q = request.POST.get("q", "").replace("\x00", "").strip()[:60]
    found = choices.found_posts(bars, q, actor=saw.actor, at=saw.at) if q else []
    return {
        "several": several,
        "q": q,
        "chosen": choices.chosen_posts(bars, ids, actor=saw.actor, at=saw.at),
        "found": [each for each in found if each.id not in ids],
    }


def _bars(saw: Seen, action: actions.Action, share: Assignment | None, node: str) -> Bars | None:
    """What keeps a post from being chosen; nothing where it is only to read."""
    if "node" in action.asks:
        return choices.bars_for_node(saw, node)
    return choices.bars_for(saw, share, to_sign=action.to_sign) if share else None


def _perform(request: HttpRequest, run_id: UUID, action: actions.Action) -> HttpResponse:
    """A run that is none of this person's business answers like one that does not exist."""
    by, now = person(request)
    visibility.visible_run(run_id, by, now)
    given = ActForm(action.asks, request.POST).given()
    result = action.perform(run_id, given, by=by, now=now)
    if action.name == "save-opinion" and "auto" in request.POST:
        return render(request, "engine/opinion_saved.html", {"saved": result.saved})
    said = str(action.said)
    return answer(request, run_id, next_state(result, said) if action.goes_on else said)


def next_state(run: Run, said: str) -> str:
    """One sentence: what was done, and who has it now."""
    state = outcome_of(run)
    if state["over"] and state["outcome"] == "completed":
        return _("%(said)s. The matter is completed.") % {"said": said}
    if state["over"]:
        return _("%(said)s. The matter has ended.") % {"said": said}
    posts = state["posts"]
    if not posts:
        return _("%(said)s. The next post is empty; the campaign office has been told.") % {"said": said}
    who = "、".join(posts[:2])
    if len(posts) > 2:
        who = ngettext("%(who)s and %(more)s other", "%(who)s and %(more)s others", len(posts) - 2) % {
            "who": who,
            "more": len(posts) - 2,
        }
    return _("%(said)s. Now with %(who)s: %(step)s.") % {"said": said, "who": who, "step": state["step"]}


def answer(request: HttpRequest, run_id: UUID, text: str) -> HttpResponse:
    """A page that is open is told, and fetches its sheet anew; a plain form is sent on to the sheet."""
    if not request.headers.get("HX-Request"):
        messages.success(request, text, extra_tags="yes")
        return redirect("sheet", run_id=run_id)
    response = render(request, "includes/toast.html", {"text": text, "kind": "yes"})
    response["HX-Retarget"], response["HX-Reswap"] = "#toasts", "beforeend"
    response["HX-Trigger"] = "notices, sheet-changed"
    return response


# --- finding posts ---


def business_only(by: Actor) -> None:
    """Who sits where is shown to people who work here."""
    if not by.has_business:
        raise NotAllowed("administrator" if by.administrator else "no-post")


@login_required
@never_cache
@require_GET
def posts_search(request: HttpRequest) -> HttpResponse:
    """Posts by name, unit or holder, for the form of an operation or alone; says why one cannot be chosen."""
    by, now = person(request)
    business_only(by)
    q = request.GET.get("q", "").replace("\x00", "").strip()[:60]
    bars, several = None, True
    action = actions.BY_NAME.get(request.GET.get("act", ""))
    run_id = _uuid(request.GET.get("run", ""))
    if action and run_id:
        saw = seen(run_id, by, now)
        share = actions.offer(action, saw, saw.share(number_of(request.GET.get("as", "")))).share
        bars, several = _bars(saw, action, share, request.GET.get("node", "")), "posts" in action.asks
    found = choices.found_posts(bars, q, actor=by, at=now)
    context = {"q": q, "found": found, "several": several, "asked": True}
    alone = not request.headers.get("HX-Request")
    return render(request, "engine/posts.html" if alone else "engine/posts_found.html", context)


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None


# --- several at once ---


@login_required
@never_cache
@require_http_methods(["GET", "POST"])
def inbox_approve(request: HttpRequest) -> HttpResponse:
    """批量同意: one look at what was chosen, one press, and what became of each."""
    by, now = person(request)
    data = request.POST if request.method == "POST" else request.GET
    numbers = [number for text in data.getlist("task") if (number := number_of(text))]
    tasks = selectors.chosen_tasks(numbers[: operations.MOST_AT_ONCE + 1], by)
    if request.method == "GET":
        context = {"tasks": tasks, "most": rules.LONGEST_TEXT, "usual": phrases.for_opinions()}
        return render(request, "engine/approve_many.html", context)
    given = ActForm(("opinion",), request.POST).given()
    pairs = [(run, share) for run, share, _title, _label in tasks]
    outcomes = operations.approve_many(pairs, by=by, now=now, opinion=given["opinion"])
    results = list(zip(tasks, outcomes, strict=True))
    done = sum(outcome.approved for outcome in outcomes)
    return render(request, "engine/approved_many.html", {"results": results, "done": done})


# --- phrases ---


@login_required
@never_cache
@require_http_methods(["GET", "POST"])
def my_phrases(request: HttpRequest) -> HttpResponse:
    """常用语: the sentences one keeps at hand; add one, or let one go."""
    by, _now = person(request)
    if request.method == "POST":
        typed = PhraseForm(request.POST)
        drop = typed.cleaned_data["drop"] if typed.is_valid() else None
        if drop:
            operations.drop_phrase(drop, by=by)
        else:
            operations.keep_phrase(request.POST.get("text", ""), by=by)
        return redirect("phrases")
    context = {
        "own": phrases.own_phrases(by),
        "built_in": phrases.for_opinions() + phrases.for_reasons(),
        "longest": operations.LONGEST_PHRASE,
        "most": operations.MOST_PHRASES,
    }
    return render(request, "engine/phrases.html", context)
