"""Whether something that cannot be undone followed a step."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("engine", "0003_first_days_and_copies")]

    operations = [
        migrations.AddField(
            model_name="step",
            name="binding",
            field=models.BooleanField(default=False),
        ),
    ]
