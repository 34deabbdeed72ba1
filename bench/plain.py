"""
The plain script beside which Signoff is measured: asyncio, the official client, written for speed and for nothing else.

It takes records by HTTP into a queue in memory, asks the AI at the allowed pace and writes the note into the practice
HubSpot. It has no contract, no checks, no review, no history; whatever is in its queue is lost when it ends.

    python plain.py PORT AI_URL HUBSPOT_URL REQUESTS_PER_MINUTE TOKENS_PER_MINUTE
"""

from __future__ import annotations

import asyncio
import json
import sys

import httpx2
import uvloop
from openai import APIStatusError, AsyncOpenAI

AT_ONCE = 64
TASK = 'Write a short summary of this enquiry for our sales team. Answer with JSON: {"body": "..."}'


class Pace:
    """A token bucket handed out second by second: so many requests, and so many tokens, a minute."""

    def __init__(self, requests_per_minute: float, tokens_per_minute: float) -> None:
        self.request_seconds = 60 / requests_per_minute
        self.token_seconds = 60 / tokens_per_minute
        self.next_at = 0.0

    async def wait(self, tokens: int) -> None:
        now = asyncio.get_running_loop().time()
        starts = max(now, self.next_at)
        self.next_at = starts + max(self.request_seconds, tokens * self.token_seconds)
        if starts > now:
            await asyncio.sleep(starts - now)


class Script:
    def __init__(self, ai_url: str, hubspot_url: str, pace: Pace, keys: tuple[str, str]) -> None:
        self.queue: asyncio.Queue[dict[str, str]] = asyncio.Queue()
        self.pace = pace
        self.ai = AsyncOpenAI(api_key=keys[0], base_url=ai_url, max_retries=0)
        headers = {"Authorization": f"Bearer {keys[1]}"}
        self.hubspot = httpx2.AsyncClient(base_url=hubspot_url, headers=headers, timeout=30)

    async def take(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        length = int(head.lower().split(b"content-length:")[1].split(b"\r\n")[0])
        self.queue.put_nowait(json.loads(await reader.readexactly(length)))
        writer.write(b"HTTP/1.1 202 Accepted\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
        await writer.drain()
        writer.close()

    async def work(self) -> None:
        while True:
            record = await self.queue.get()
            for attempt in range(8):
                try:
                    await self.one(record)
                    break
                except APIStatusError as error:
                    await asyncio.sleep(float(error.response.headers.get("retry-after") or 2**attempt))

    async def one(self, record: dict[str, str]) -> None:
        text = json.dumps(record)
        await self.pace.wait((len(TASK) + len(text)) // 4 + 60)
        answer = await self.ai.chat.completions.create(
            model="gpt-4o",
            messages=[{"role": "system", "content": TASK}, {"role": "user", "content": text}],
            response_format={"type": "json_object"},
        )
        said = answer.choices[0].message.content or ""
        note = {
            "properties": {
                "hs_note_body": f"Lead {record['lead_id']}: {said}",
                "hs_timestamp": "2026-01-01T00:00:00Z",
            }
        }
        (await self.hubspot.post("/crm/v3/objects/notes", json=note)).raise_for_status()


async def main(port: int, ai: str, hubspot: str, requests: float, tokens: float) -> None:
    keys = json.loads(sys.stdin.readline())
    script = Script(ai, hubspot, Pace(requests, tokens), (keys["ai"], keys["hubspot"]))
    server = await asyncio.start_server(script.take, "127.0.0.1", port, backlog=2048)
    print("ready", flush=True)
    async with server:
        await asyncio.gather(*(script.work() for _ in range(AT_ONCE)))


if __name__ == "__main__":
    _, port, ai, hubspot, requests, tokens = sys.argv
    uvloop.run(main(int(port), ai, hubspot, float(requests), float(tokens)))
