from django.db import migrations, models
from django.db.models import F, Q


def versions_in_order(name):
    return models.CheckConstraint(
        condition=Q(last_version=None) | Q(last_version__gte=F("first_version")),
        name=name,
    )


class Migration(migrations.Migration):
    initial = True

    dependencies = []

    operations = [
        # A sequence, because it never goes back: a number once undone is never met again,
        # and what processes remember under a number stays true.
        migrations.RunSQL(
            "CREATE SEQUENCE deadlines_calendar_version AS integer START WITH 2",
            "DROP SEQUENCE deadlines_calendar_version",
        ),
        migrations.CreateModel(
            name="CalendarState",
            fields=[
                (
                    "id",
                    models.PositiveSmallIntegerField(
                        default=1, editable=False, primary_key=True, serialize=False
                    ),
                ),
                (
                    "version",
                    models.PositiveIntegerField(default=0, verbose_name="calendar version"),
                ),
            ],
            options={
                "constraints": [models.CheckConstraint(condition=Q(id=1), name="calendar_state_is_one_row")]
            },
        ),
        migrations.CreateModel(
            name="PublishedYear",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True,
                        primary_key=True,
                        serialize=False,
                        verbose_name="ID",
                    ),
                ),
                ("first_version", models.PositiveIntegerField()),
                ("last_version", models.PositiveIntegerField(blank=True, null=True)),
                ("year", models.PositiveSmallIntegerField(verbose_name="year")),
                ("source", models.CharField(max_length=120, verbose_name="source")),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        condition=Q(last_version=None),
                        fields=["year"],
                        name="published_year_in_force_once",
                    ),
                    versions_in_order("published_year_versions_in_order"),
                ]
            },
        ),
        migrations.CreateModel(
            name="CalendarDay",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True,
                        primary_key=True,
                        serialize=False,
                        verbose_name="ID",
                    ),
                ),
                ("first_version", models.PositiveIntegerField()),
                ("last_version", models.PositiveIntegerField(blank=True, null=True)),
                ("date", models.DateField(verbose_name="date")),
                ("is_workday", models.BooleanField(verbose_name="working day")),
                ("name", models.CharField(max_length=60, verbose_name="name")),
                ("source", models.CharField(max_length=120, verbose_name="source")),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        condition=Q(last_version=None),
                        fields=["date"],
                        name="calendar_day_in_force_once",
                    ),
                    versions_in_order("calendar_day_versions_in_order"),
                    models.CheckConstraint(condition=~Q(name=""), name="calendar_day_is_named"),
                ]
            },
        ),
    ]
