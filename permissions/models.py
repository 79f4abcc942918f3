"""Organisations, posts, who holds them since when, who stands in for whom, and the accounts of people."""

from django.conf import settings
from django.contrib.auth.models import AbstractUser
from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import ArrayField, BigIntegerRangeField, DateRangeField, RangeOperators
from django.db import models
from django.db.models import DateField, ExpressionWrapper, F, Func, Q, Value
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext_lazy as _
from guardian.models import GroupObjectPermissionBase, UserObjectPermissionBase

from permissions.rules import LONGEST_ABSENCE


class Administrator(models.TextChoices):
    """Three separated administrators; one column, so no account can hold two."""

    SYSTEM = "system", _("system administrator")
    SECURITY = "security", _("security administrator")
    AUDIT = "audit", _("audit administrator")


class User(AbstractUser):
    """An account; what it may do follows from its appointments, never from the account."""

    first_name = last_name = None
    name = models.CharField(_("name"), max_length=60)
    administrator = models.CharField(max_length=10, choices=Administrator.choices, blank=True)
    is_demo = models.BooleanField(default=False)
    password_set_at = models.DateTimeField(null=True, blank=True)
    must_change_password = models.BooleanField(default=False)
    # Part of what a session is signed with: one more, and every session of this account is over.
    epoch = models.PositiveIntegerField(default=0)

    REQUIRED_FIELDS = ["name"]

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(administrator__in=["", *Administrator.values]), name="user_administrator_known"
            ),
            # Nothing here asks for these flags; whoever sets one would be above the three who are kept apart.
            models.CheckConstraint(
                condition=Q(is_superuser=False, is_staff=False), name="user_is_no_superuser"
            ),
        ]

    def __str__(self):
        return self.name or self.username

    def get_full_name(self):
        """The name shown to people."""
        return str(self)

    get_short_name = get_full_name

    def get_session_auth_hash(self):
        """What a session is bound to: the password, and the account's epoch (operations_log_in.end_sessions)."""
        return self._bound(settings.SECRET_KEY)

    def get_session_auth_fallback_hash(self):
        """The same under yesterday's secrets."""
        return (self._bound(secret) for secret in settings.SECRET_KEY_FALLBACKS)

    def _bound(self, secret):
        bound = f"{self.password}|{self.epoch}"
        return salted_hmac("permissions.User.session", bound, secret=secret, algorithm="sha256").hexdigest()


class PasswordUsed(models.Model):
    """A password this account had, as it was stored, so that it does not come back too soon."""

    user = models.ForeignKey(User, models.CASCADE, related_name="passwords_used")
    encoded = models.CharField(max_length=128)
    at = models.DateTimeField()


class LogInCount(models.Model):
    """Wrong passwords: of one account from one address, of one account, from one address.

    `key` is a hash of what is counted; who and from where is written only once the limit is reached.
    """

    class Kind(models.TextChoices):
        PAIR = "pair", _("an account from one address")
        ACCOUNT = "account", _("an account from anywhere")
        ADDRESS = "address", _("an address")

    kind = models.CharField(max_length=8, choices=Kind.choices)
    key = models.CharField(max_length=64)
    failures = models.PositiveIntegerField(default=0)
    last = models.DateTimeField()
    user = models.ForeignKey(User, models.CASCADE, null=True, related_name="+")
    address = models.GenericIPAddressField(null=True)
    recorded = models.DateTimeField(null=True)  # which failure of `last` the record knows to have locked

    class Meta:
        constraints = [models.UniqueConstraint(fields=["kind", "key"], name="log_in_counted_once")]
        indexes = [models.Index(fields=["last"], name="log_in_last")]


class Organisation(models.Model):
    """A department, town, company or group that can hold posts and answer for work."""

    class Kind(models.TextChoices):
        LEADERSHIP = "leadership", _("district leadership")
        CITY = "city", _("city level")
        BUREAU = "bureau", _("department")
        TOWN = "town", _("town or subdistrict")
        COMPANY = "company", _("district company")
        OFFICE = "office", _("campaign body")
        OUTSIDE = "outside", _("outside party")

    code = models.SlugField(max_length=60, unique=True)
    name = models.CharField(_("name"), max_length=80, unique=True)
    short_name = models.CharField(max_length=40, blank=True)
    kind = models.CharField(max_length=12, choices=Kind.choices)
    parent = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="children")
    aliases = ArrayField(models.CharField(max_length=80), default=list, blank=True)
    is_demo = models.BooleanField(default=False)

    class Meta:
        permissions = [("act_for_organisation", "Act for this organisation")]

    def __str__(self):
        return self.name


class Post(models.Model):
    """A seat that outlives its holders; steps are signed by posts, records name them."""

    class Duty(models.TextChoices):
        CITY_LEADER = "city_leader", _("city leader")
        LEADER = "leader", _("district leader")
        HEAD = "head", _("department head")
        DEPUTY = "deputy", _("deputy head")
        DESK = "desk", _("unit desk")
        OFFICER = "officer", _("officer")
        INSPECTOR = "inspector", _("discipline inspector")
        CONTACT = "contact", _("owner's contact")
        SECRETARY = "secretary", _("secretary")

    code = models.SlugField(max_length=80, unique=True)
    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="posts")
    name = models.CharField(_("post"), max_length=80)
    duty = models.CharField(max_length=12, choices=Duty.choices)
    serves = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="secretaries")
    order = models.PositiveSmallIntegerField(default=0)
    on_roster = models.BooleanField(default=False)
    is_demo = models.BooleanField(default=False)

    class Meta:
        ordering = ["order", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["organisation"], condition=Q(duty="desk"), name="one_desk_an_organisation"
            ),
            models.CheckConstraint(
                condition=Q(duty="secretary", serves__isnull=False)
                | (~Q(duty="secretary") & Q(serves__isnull=True)),
                name="only_a_secretary_serves_a_post",
            ),
        ]

    def __str__(self):
        return self.name


class Appointment(models.Model):
    """A post held by somebody from a day until (exclusive) another; the account may come later."""

    post = models.ForeignKey(Post, models.PROTECT, related_name="appointments")
    user = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="appointments")
    holder_name = models.CharField(max_length=40, blank=True)
    from_day = models.DateField()
    until_day = models.DateField(null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(until_day__isnull=True) | Q(until_day__gte=F("from_day")),
                name="appointment_ends_after_it_begins",
            ),
            models.UniqueConstraint(
                fields=["post", "user"],
                condition=Q(until_day__isnull=True, user__isnull=False),
                name="appointed_once_to_a_post",
            ),
        ]
        indexes = [models.Index(fields=["user", "post"], name="appointment_of_user")]


class Substitution(models.Model):
    """代理: from a day until (exclusive) another, whoever holds `substitute` acts for `post` as well as its holder."""

    post = models.ForeignKey(Post, models.PROTECT, related_name="substitutions")
    substitute = models.ForeignKey(Post, models.PROTECT, related_name="stands_in")
    from_day = models.DateField()
    until_day = models.DateField()
    reason = models.CharField(max_length=200)
    made_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    made = models.DateTimeField()
    ended = models.DateTimeField(null=True)
    ended_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(until_day__gt=F("from_day")), name="substitution_ends_after_it_begins"
            ),
            models.CheckConstraint(condition=~Q(post=F("substitute")), name="substitute_is_another_post"),
            models.CheckConstraint(
                condition=Q(
                    until_day__lte=ExpressionWrapper(
                        F("from_day") + Value(LONGEST_ABSENCE), output_field=DateField()
                    )
                ),
                name="substitution_of_at_most_92_days",
            ),
            # The post as a range of one, so that no extension is needed beside PostgreSQL itself.
            ExclusionConstraint(
                name="one_substitute_a_day",
                expressions=[
                    (
                        Func(
                            F("post"),
                            F("post"),
                            Value("[]"),
                            function="int8range",
                            output_field=BigIntegerRangeField(),
                        ),
                        RangeOperators.OVERLAPS,
                    ),
                    (
                        Func(
                            F("from_day"), F("until_day"), function="daterange", output_field=DateRangeField()
                        ),
                        RangeOperators.OVERLAPS,
                    ),
                ],
                condition=Q(ended__isnull=True),
            ),
        ]


class OrganisationUserPermission(UserObjectPermissionBase):
    """A grant to one person on one organisation, with a real foreign key."""

    content_object = models.ForeignKey(Organisation, models.CASCADE)


class OrganisationGroupPermission(GroupObjectPermissionBase):
    """A grant to a role group on one organisation, with a real foreign key."""

    content_object = models.ForeignKey(Organisation, models.CASCADE)


class Access(models.Model):
    """One row for every request and command, refusals included; written in its own transaction."""

    at = models.DateTimeField(db_index=True)
    user = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    address = models.GenericIPAddressField(null=True)
    method = models.CharField(max_length=10)
    target = models.CharField(max_length=200)
    path = models.CharField(max_length=300, blank=True)
    status = models.PositiveSmallIntegerField()
    refusal = models.CharField(max_length=60, blank=True)
    milliseconds = models.PositiveIntegerField(default=0)

    class Meta:
        indexes = [models.Index(fields=["user", "-at"], name="access_of_user")]
