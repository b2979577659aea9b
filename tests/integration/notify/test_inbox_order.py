"""Two copies at once: an inbox's sequences have no gap and no double, and nobody waits for the other for ever."""

import asyncio
from uuid import uuid4

from tests.integration.notify.scene import Scene, event, task


async def test_batches_at_the_same_time_leave_no_gap(scene: Scene) -> None:
    codes = ["kent", "metropolitan", "norfolk", "essex"]
    await scene.enrol(*codes)
    now = scene.clock.now()

    async def one(number: int) -> None:
        acting, recipient = codes[number % 4], codes[(number + 1 + number // 4) % 4]
        batch = [
            event(
                task(
                    now,
                    acting=acting,
                    pursue_action=str(uuid4()),
                    together=str(uuid4()),
                    recipient={"organisation": recipient, "desk": "safeguarding"},
                ),
                now,
            )
            for _ in range(5)
        ]
        await scene.hear(*batch)

    await asyncio.gather(*(one(number) for number in range(24)))
    for code in codes:
        sequences = [entry["sequence"] for entry in await scene.inbox(code)]
        assert sequences == list(range(1, len(sequences) + 1))
        assert sequences
