"""
An MCP server of 2024, as a program without any library: it begins with `initialize` and knows nothing of today.

It tells its environment. `silent` lets it say nothing, `shout` a line of more than a megabyte, `chatter` things that
are no answer, `die` ends it at the first question.
"""

import json
import os
import sys
import time


def say(line):
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


TOOL = {"name": "environment", "inputSchema": {"type": "object"}, "annotations": {"readOnlyHint": True}}

for line in sys.stdin:
    asked = json.loads(line)
    if "id" not in asked:
        continue
    if "silent" in sys.argv:
        time.sleep(3600)
    if "die" in sys.argv:
        sys.exit(3)
    if "shout" in sys.argv:
        say("a" * 1_100_000)
    said = {
        "initialize": {
            "protocolVersion": "2024-11-05",
            "capabilities": {"tools": {}},
            "serverInfo": {"name": "old"},
        },
        "tools/list": {"tools": [TOOL]},
        "tools/call": {"content": [{"type": "text", "text": json.dumps(dict(os.environ))}]},
    }.get(asked["method"])
    if "chatter" in sys.argv:
        say("this is no message")
        say(json.dumps({"jsonrpc": "2.0", "method": "notifications/message"}))
    answer = {"result": said} if said else {"error": {"code": -32601, "message": "unknown"}}
    say(json.dumps({"jsonrpc": "2.0", "id": asked["id"], **answer}))
