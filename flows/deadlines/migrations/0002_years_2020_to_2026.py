"""The years delivered with the system, from a table frozen beside this file; later ones come by operation."""

import csv
from pathlib import Path

from django.db import migrations

TABLE = Path(__file__).with_name("published_2020_2026.csv")
SOURCE = "chinesecalendar 1.11.0"
YEARS = range(2020, 2027)
VERSION = 1


def load(apps, schema_editor):
    database = schema_editor.connection.alias
    with TABLE.open(encoding="utf-8", newline="") as table:
        days = [
            apps.get_model("deadlines", "CalendarDay")(
                date=row["date"],
                is_workday=row["is_workday"] == "1",
                name=row["name"],
                source=SOURCE,
                first_version=VERSION,
            )
            for row in csv.DictReader(table)
        ]
    published_year = apps.get_model("deadlines", "PublishedYear")
    years = [published_year(year=year, source=SOURCE, first_version=VERSION) for year in YEARS]
    apps.get_model("deadlines", "CalendarState").objects.using(database).create(pk=1, version=VERSION)
    published_year.objects.using(database).bulk_create(years)
    apps.get_model("deadlines", "CalendarDay").objects.using(database).bulk_create(days)


def unload(apps, schema_editor):
    database = schema_editor.connection.alias
    for name in ("CalendarDay", "PublishedYear", "CalendarState"):
        apps.get_model("deadlines", name).objects.using(database).all().delete()


class Migration(migrations.Migration):
    dependencies = [("deadlines", "0001_working_calendar")]

    operations = [migrations.RunPython(load, unload)]
