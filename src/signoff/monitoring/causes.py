"""
What can be the matter, as the other rooms' rows say it. Nothing here is stored or sent.

A source finds what is the matter now under one scope, and says in a sentence how a matter of its scope ended. To tell
of something new, write a source and add it to the `SOURCES` of its module; what only an upper room knows is handed to
`look`. Connections, versions, records and this installation have a module each; here they stand together.
"""

from __future__ import annotations

from signoff.monitoring import causes_of_connections, causes_of_here, causes_of_records, causes_of_versions
from signoff.monitoring.found import Source

SOURCES: tuple[Source, ...] = (
    *causes_of_connections.SOURCES,
    *causes_of_versions.SOURCES,
    *causes_of_records.SOURCES,
    *causes_of_here.SOURCES,
)
