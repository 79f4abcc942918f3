"""Who acts, and in which capacity: a pure value that rules can judge without a database."""

from dataclasses import dataclass, replace

# Duties of people outside the district's own units: they see what is about them, and no figures of others.
OUTSIDE = frozenset({"contact"})


@dataclass(frozen=True, slots=True)
class PostRef:
    """A post as rules see it: what it is called, which duty it carries, whose it is."""

    id: int
    code: str
    name: str
    duty: str
    organisation_id: int
    organisation_code: str
    organisation_name: str


@dataclass(frozen=True, slots=True)
class Actor:
    """A person with the posts held at one moment; `acting` is the post in which a decision is made.

    `standing_in` are the posts this person may act for by substitution, `through` says in which own post;
    `prepares_for` are the leaders' posts whose opinions this person prepares. The system itself is an actor
    without a user.
    """

    user_id: int | None
    name: str
    posts: tuple[PostRef, ...] = ()
    administrator: str = ""
    acting: PostRef | None = None
    is_demo: bool = False
    standing_in: tuple[PostRef, ...] = ()
    through: tuple[tuple[int, int], ...] = ()
    prepares_for: frozenset[int] = frozenset()

    @property
    def post_ids(self) -> frozenset[int]:
        """The posts held, as keys."""
        return frozenset(post.id for post in self.posts)

    @property
    def reach(self) -> frozenset[int]:
        """The posts this person may act for: those held and those stood in for, as keys."""
        return self.post_ids | {post.id for post in self.standing_in}

    @property
    def organisation_ids(self) -> frozenset[int]:
        """The organisations in which this person holds a post."""
        return frozenset(post.organisation_id for post in self.posts)

    @property
    def has_business(self) -> bool:
        """Whether anything of the campaign is this person's: a post held, and none of the three administrators."""
        return bool(self.posts) and not self.administrator

    @property
    def is_of_the_district(self) -> bool:
        """Whether some business is theirs as one of the district's own, and not only as an owner's contact."""
        return self.has_business and any(post.duty not in OUTSIDE for post in self.posts)

    @property
    def capacity(self) -> str:
        """The post named in the record, or nothing for the system."""
        return self.acting.name if self.acting else ""

    def in_post(self, post_id: int) -> "Actor":
        """The same person acting in one of the posts held; unchanged when the post is not held."""
        return replace(self, acting=next((post for post in self.posts if post.id == post_id), self.acting))

    def for_post(self, post_id: int) -> "Actor":
        """The same person acting in the post of their own that stands in for this one; unchanged if none does."""
        return self.in_post(dict(self.through).get(post_id, 0))

    def holds(self, organisation_code: str, *duties: str) -> bool:
        """Whether a post in this organisation is held, of one of these duties if any are named."""
        return any(
            post.organisation_code == organisation_code and (not duties or post.duty in duties)
            for post in self.posts
        )


SYSTEM = Actor(user_id=None, name="系统")
