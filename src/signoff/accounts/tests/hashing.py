"""The hash of passwords that is kept in tests: the real one, made so that it costs next to nothing."""

from __future__ import annotations

from django.contrib.auth.hashers import Argon2PasswordHasher


class Quick(Argon2PasswordHasher):
    """Argon2 as in the product, without the 100 MB and the two rounds that are meant to slow a thief down."""

    time_cost = 1
    memory_cost = 8
    parallelism = 1
