from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('runs', '0013_drafted_again'),
    ]

    operations = [
        migrations.AddField(
            model_name='source',
            name='problem_since',
            field=models.DateTimeField(null=True),
        ),
    ]
