import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


def keep_texts(apps, schema_editor):
    """What was stated without dates holds always, and is the first version."""
    Fact, FactVersion = apps.get_model("prompts", "Fact"), apps.get_model("prompts", "FactVersion")
    for fact in Fact.objects.all():
        fact.statements = [{"text": fact.text}]
        fact.save(update_fields=["statements"])
        FactVersion.objects.create(fact=fact, number=1, statements=fact.statements)


class Migration(migrations.Migration):

    dependencies = [
        ('prompts', '0001_initial'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField('fact', 'statements', models.JSONField(default=list)),
        migrations.AddField('fact', 'number', models.PositiveIntegerField(default=1)),
        migrations.CreateModel(
            name='FactVersion',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('number', models.PositiveIntegerField()),
                ('statements', models.JSONField()),
                ('made_at', models.DateTimeField(auto_now_add=True)),
                ('fact', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='versions', to='prompts.fact')),
                ('made_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('fact', 'number'), name='one_fact_number_each')],
            },
        ),
        migrations.CreateModel(
            name='PromptVersion',
            fields=[
                ('hash', models.CharField(max_length=64, primary_key=True, serialize=False)),
                ('parts', models.JSONField()),
                ('instructions', models.TextField()),
                ('first_used_at', models.DateTimeField(auto_now_add=True)),
            ],
        ),
        migrations.RunPython(keep_texts, migrations.RunPython.noop),
    ]
