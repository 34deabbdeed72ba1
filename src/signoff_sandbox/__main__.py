"""`python -m signoff_sandbox`: the practice apps, until Ctrl-C."""

from __future__ import annotations

import sys

from signoff_sandbox import options, serve

if __name__ == "__main__":
    sys.exit(serve.run(options.parse()))
