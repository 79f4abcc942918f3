from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("ledgers", "0002_unit_of_an_import")]

    operations = [
        migrations.AddField(model_name="ledgerkind", name="stages", field=models.JSONField(default=list))
    ]
