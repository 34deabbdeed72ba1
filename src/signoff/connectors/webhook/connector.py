"""A signing secret as a connection: nobody is asked, because the app that signs comes to us."""

from __future__ import annotations

from signoff.connectors.base import Account, Connector, Intent, Outcome, Unknown


class Webhook(Connector):
    """Whether the secret is the right one shows with the first record that comes."""

    def check(self) -> Account:
        """Return what the secret is for; it belongs to no account that could be asked."""
        return Account("webhook", "Signing secret", may=("Let signed records in",))

    def reconcile(self, intent: Intent) -> Outcome:  # the promise names it
        """Return that nobody can say: nothing is ever written here."""
        return Unknown("nothing is written to a webhook")
