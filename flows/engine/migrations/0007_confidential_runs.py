from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("engine", "0006_days_know_their_calendar"),
    ]

    operations = [
        migrations.AddField(
            model_name="run",
            name="confidential",
            field=models.BooleanField(db_default=False, default=False),
        ),
    ]
