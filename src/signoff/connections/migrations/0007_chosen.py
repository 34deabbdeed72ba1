from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('connections', '0006_described_apps'),
    ]

    operations = [
        migrations.AddField(
            model_name='connection',
            name='chosen',
            field=models.JSONField(db_default=[], default=list),
        ),
    ]
