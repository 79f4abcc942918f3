from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("obstacles", "0002_where_days_run"),
    ]

    operations = [
        migrations.AddField(
            model_name="obstacle",
            name="level_calendar",
            field=models.PositiveIntegerField(null=True),
        ),
    ]
