import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("ledgers", "0001_ledgers_and_rows")]

    operations = [
        migrations.AddField(
            model_name="ledgerimport",
            name="unit",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="permissions.organisation",
            ),
        )
    ]
