"""Keys for programs get an end; the trail gets a seal, and its rows can no longer be changed or deleted."""

from typing import Any

from django.db import migrations, models

import signoff.vault.fields
from signoff.core.secret import Secret
from signoff.vault import seal

ONLY = 1

REFUSE = """
CREATE FUNCTION accounts_audit_only_added() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'the audit trail is only added to';
END $$;
CREATE TRIGGER only_added BEFORE UPDATE OR DELETE ON accounts_auditentry
    FOR EACH ROW EXECUTE FUNCTION accounts_audit_only_added();
"""
ALLOW = """
DROP TRIGGER only_added ON accounts_auditentry;
DROP FUNCTION accounts_audit_only_added();
"""


def seal_what_is_there(apps: Any, schema_editor: Any) -> None:
    """Seal the trail of an installation that is older than the seal; a new one is sealed by its first entry."""
    entries = apps.get_model("accounts", "AuditEntry").objects.order_by("-id")
    newest = entries.first()
    if newest is None:
        return
    row = apps.get_model("accounts", "AuditSeal")(pk=ONLY)
    head = Secret(f"{entries.count()}:{newest.hash}")
    row.sealed = seal.seal(head, signoff.vault.fields.context(row, "head"))
    row.save(force_insert=True)


class Migration(migrations.Migration):
    dependencies = [("accounts", "0003_second_step")]

    operations = [
        migrations.AddField(
            model_name="apitoken",
            name="ends_at",
            field=models.DateTimeField(null=True),
        ),
        migrations.CreateModel(
            name="AuditSeal",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("sealed", signoff.vault.fields.SealedField(part="head")),
            ],
        ),
        migrations.RunPython(seal_what_is_there, migrations.RunPython.noop),
        migrations.RunSQL(REFUSE, ALLOW),
    ]
