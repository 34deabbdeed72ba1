from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('connections', '0005_foretold'),
    ]

    operations = [
        migrations.AddField(
            model_name='connection',
            name='chosen',
            field=models.JSONField(db_default=[], default=list),
        ),
    ]
