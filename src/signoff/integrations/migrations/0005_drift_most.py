from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('integrations', '0004_draft'),
    ]

    operations = [
        migrations.AddField(
            model_name='drift',
            name='most',
            field=models.PositiveIntegerField(null=True),
        ),
    ]
