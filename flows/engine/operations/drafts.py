"""Words before a decision: an opinion as it is typed, one prepared by a secretary, phrases kept at hand."""

from datetime import datetime
from uuid import UUID

from django.db.models import Max

from hetang_flow.lib.errors import Invalid, NotAllowed, NotFound, WrongState
from permissions.actors import Actor

from .. import rules
from ..models import Assignment, Opinion, Phrase
from ..standing import matter
from ..visibility import own_share

MOST_PHRASES = 30
LONGEST_PHRASE = 120


def save_opinion(run_id: UUID, assignment_id: int, text: str, *, by: Actor, now: datetime) -> Opinion:
    """暂存: keep an opinion as it is being written, or, as a secretary, lay one before the leader; decides nothing.

    It survives log-out. No state changes, so nothing goes on record.
    Raises NotFound for a task of another run, NotAllowed for somebody else's, WrongState once it is closed.
    """
    rules.text_is_short_enough(text).or_raise(Invalid)
    rows = Assignment.objects.filter(pk=assignment_id, run__public_id=run_id)
    share = rows.select_related("run", "post").first()
    if share is None or by.user_id is None:
        raise NotFound("no-such-task")
    own = rows.filter(own_share(by)).exists()
    verdict = rules.may_prepare(
        prepares=own or share.post_id in by.prepares_for, status=share.status, matter=matter(share.run)
    )
    verdict.or_raise(NotAllowed if verdict.code == "not-secretary" else WrongState)
    values = {"text": text, "saved": now, "prepared": not own}
    opinion, _new = Opinion.objects.update_or_create(assignment=share, author_id=by.user_id, defaults=values)
    return opinion


def keep_phrase(text: str, *, by: Actor) -> Phrase:
    """常用语: keep a sentence at hand for oneself.

    Raises Invalid when it is empty, too long, or one too many.
    """
    text = " ".join(text.split())
    if not text:
        raise Invalid("form-incomplete", {"field": "text"})
    if len(text) > LONGEST_PHRASE:
        raise Invalid("text-too-long", {"field": "text", "most": LONGEST_PHRASE, "length": len(text)})
    rules.text_is_short_enough(text).or_raise(Invalid)
    mine = Phrase.objects.filter(user_id=by.user_id)
    kept = mine.filter(text=text).first()
    if kept is not None:
        return kept
    if mine.count() >= MOST_PHRASES:
        raise Invalid("too-many-phrases", {"most": MOST_PHRASES})
    order = (mine.aggregate(last=Max("order"))["last"] or 0) + 1
    return Phrase.objects.get_or_create(user_id=by.user_id, text=text, defaults={"order": order})[0]


def drop_phrase(phrase_id: int, *, by: Actor) -> None:
    """Let go of one of one's own phrases; NotFound for anybody else's."""
    deleted, _rows = Phrase.objects.filter(pk=phrase_id, user_id=by.user_id).delete()
    if not deleted:
        raise NotFound("no-such-phrase")
