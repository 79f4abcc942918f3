import uuid

import django.db.models.deletion
import pgtrigger.compiler
import pgtrigger.migrations
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("campaigns", "0001_campaign_year"),
        ("projects", "0002_facts_of_a_month"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="LightScheme",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("public_id", models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                ("number", models.PositiveIntegerField()),
                ("name", models.CharField(max_length=80)),
                ("source", models.CharField(max_length=120)),
                ("clause", models.CharField(max_length=60)),
                ("body", models.JSONField()),
                ("reason", models.CharField(blank=True, max_length=500)),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("proposed", "proposed"),
                            ("published", "published"),
                            ("declined", "not taken"),
                        ],
                        max_length=10,
                    ),
                ),
                ("from_day", models.DateField(null=True)),
                ("opened", models.DateTimeField()),
                ("closed", models.DateTimeField(null=True)),
                (
                    "confirmed_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "plan",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="light_schemes",
                        to="campaigns.plan",
                    ),
                ),
                (
                    "proposed_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "ordering": ["-number"],
            },
        ),
        migrations.CreateModel(
            name="StatusLight",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("day", models.DateField()),
                (
                    "colour",
                    models.CharField(
                        choices=[
                            ("red", "red light"),
                            ("yellow", "yellow light"),
                            ("blue", "blue light"),
                            ("green", "green light"),
                            ("grey", "not judged"),
                        ],
                        max_length=6,
                    ),
                ),
                ("rule", models.CharField(blank=True, max_length=40)),
                ("calendar_version", models.PositiveIntegerField()),
                ("inputs", models.JSONField()),
                ("judged", models.DateTimeField()),
                (
                    "project",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="lights",
                        to="projects.project",
                    ),
                ),
                (
                    "scheme",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="lights",
                        to="lights.lightscheme",
                    ),
                ),
            ],
            options={
                "ordering": ["-day", "project_id"],
            },
        ),
        migrations.AddConstraint(
            model_name="lightscheme",
            constraint=models.UniqueConstraint(fields=("plan", "number"), name="light_scheme_number"),
        ),
        migrations.AddConstraint(
            model_name="lightscheme",
            constraint=models.UniqueConstraint(
                condition=models.Q(("state", "proposed")), fields=("plan",), name="one_proposed_light_scheme"
            ),
        ),
        migrations.AddConstraint(
            model_name="lightscheme",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("state", "published"), _negated=True),
                    ("from_day__isnull", False),
                    _connector="OR",
                ),
                name="light_scheme_has_its_day",
            ),
        ),
        migrations.AddConstraint(
            model_name="lightscheme",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("confirmed_by__isnull", True),
                    models.Q(("confirmed_by", models.F("proposed_by")), _negated=True),
                    _connector="OR",
                ),
                name="light_scheme_by_two_persons",
            ),
        ),
        migrations.AddIndex(
            model_name="statuslight",
            index=models.Index(fields=["day", "colour"], name="lights_of_day"),
        ),
        migrations.AddConstraint(
            model_name="statuslight",
            constraint=models.UniqueConstraint(fields=("project", "day"), name="one_light_a_day"),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="statuslight",
            trigger=pgtrigger.compiler.Trigger(
                name="status_light_is_append_only",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                    hash="dfbbd5db7afe0ab31ffb936a3683fbbe37737cd6",
                    operation="UPDATE OR DELETE",
                    pgid="pgtrigger_status_light_is_append_only_71ed6",
                    table="lights_statuslight",
                    when="BEFORE",
                ),
            ),
        ),
    ]
