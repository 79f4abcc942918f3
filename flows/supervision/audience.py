"""Who is told of a rung: the posts that a ladder's words mean for a matter, and the people who hold them now.

One for a whole sweep: what was read for one batch is not read again for the next.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable
from datetime import datetime
from typing import NamedTuple

from django.db.models import Q

from flows.campaigns.models import LineLeader, LineUnit
from flows.projects.models import ProjectLeader
from permissions.models import Post
from permissions.selectors import posts_with_holders

from . import rules

OF_UNIT = {"desk": Post.Duty.DESK, "officer": Post.Duty.OFFICER, "head": Post.Duty.HEAD}
OFFICES = {"campaign_office": rules.CAMPAIGN_OFFICE, "hq_office": rules.HEADQUARTERS_OFFICE}
IN_OFFICE = (Post.Duty.DESK, Post.Duty.OFFICER)


class About(NamedTuple):
    """What of a matter decides who is told."""

    unit: int
    post: int | None = None
    person: int | None = None
    project: int | None = None
    line: int | None = None


class Audience:
    """Whom the words of a ladder mean, as of a moment."""

    def __init__(self, now: datetime) -> None:
        self.now = now
        self.people: dict[int, tuple[int, ...]] = {}
        self.posts: dict[tuple[str, int], list[int]] = defaultdict(list)
        self.units: set[int] = set()
        self.lines: set[int] = set()
        self.projects: set[int] = set()
        self._told: dict[tuple[About, tuple[str, ...]], frozenset[int]] = {}

    def learn(self, matters: Collection[About]) -> None:
        """Read what is not known yet of these (at most five statements, none once everything is known)."""
        self._offices()
        self._of_lines({about.line for about in matters if about.line} - self.lines)
        self._of_projects({about.project for about in matters if about.project} - self.projects)
        self._of_units({about.unit for about in matters} - self.units)
        wanted = {post for posts in self.posts.values() for post in posts}
        wanted |= {about.post for about in matters if about.post}
        self._holders(wanted - self.people.keys())

    def told(self, about: About, words: tuple[str, ...]) -> frozenset[int]:
        """The people whom these words mean for a matter that was learnt."""
        known = self._told.get((about, words))
        if known is None:
            posts = [post for word in words for post in self._posts(about, word)]
            found = {person for post in posts for person in self.people.get(post, ())}
            if about.person and rules.HOLDER in words:
                found.add(about.person)
            known = self._told[about, words] = frozenset(found)
        return known

    def _posts(self, about: About, word: str) -> Iterable[int]:
        if word == rules.HOLDER:
            return [about.post] if about.post else ()
        if word in OF_UNIT:
            return self.posts.get((word, about.unit), ())
        if word == "contact_leaders":
            return self.posts.get((word, about.project), ()) if about.project else ()
        if word in OFFICES:
            return self.posts.get((word, 0), ())
        return self.posts.get((word, about.line), ()) if about.line else ()

    def _offices(self) -> None:
        if ("offices", 0) in self.posts:
            return
        self.posts["offices", 0] = []
        words = {code: word for word, code in OFFICES.items()}
        rows = Post.objects.filter(organisation__code__in=words, duty__in=IN_OFFICE)
        for post, code in rows.values_list("pk", "organisation__code"):
            self.posts[words[code], 0].append(post)

    def _of_units(self, units: set[int]) -> None:
        if not units:
            return
        self.units |= units
        words = {duty: word for word, duty in OF_UNIT.items()}
        rows = Post.objects.filter(organisation_id__in=units, duty__in=words)
        for post, unit, duty in rows.values_list("pk", "organisation_id", "duty"):
            self.posts[words[duty], unit].append(post)

    def _of_lines(self, lines: set[int]) -> None:
        if not lines:
            return
        self.lines |= lines
        conveners = LineLeader.objects.filter(line_id__in=lines, is_convener=True)
        for line, post in conveners.values_list("line_id", "post_id"):
            self.posts["line_leader", line].append(post)
        leading = LineUnit.objects.filter(line_id__in=lines, role=LineUnit.Role.LEAD).filter(
            organisation__posts__duty=Post.Duty.DESK
        )
        for line, post in leading.values_list("line_id", "organisation__posts__pk"):
            self.posts["lead_departments", line].append(post)

    def _of_projects(self, projects: set[int]) -> None:
        if not projects:
            return
        self.projects |= projects
        leaders = ProjectLeader.objects.filter(
            project_id__in=projects, level=ProjectLeader.Level.DISTRICT
        ).order_by("order")
        for project, post in leaders.values_list("project_id", "post_id"):
            self.posts["contact_leaders", project].append(post)

    def _holders(self, posts: set[int]) -> None:
        if posts:
            for seat in posts_with_holders(Q(pk__in=posts), at=self.now):
                self.people[seat.post.id] = seat.holders + seat.substitutes
