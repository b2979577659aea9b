"""An organisation whose topics come later than its first entries has them all on its topic, once and in order."""

from services.notify.handlers.enrol import open_inbox_topic
from services.notify.work import Batch
from tests.integration.notify.scene import Scene, event, task


async def provision(scene: Scene) -> None:
    async with scene.open() as work:
        await open_inbox_topic(Batch(work, scene.desk), "kent")
        await work.commit()


async def test_what_came_before_the_topic_is_put_there_first(scene: Scene) -> None:
    await scene.enrol("kent", kafka=True)
    now = scene.clock.now()
    await scene.hear(event(task(now), now), event(task(now), now))
    assert await scene.told("org.kent.inbox.v1") == []
    await provision(scene)
    await scene.hear(event(task(now), now))
    told = await scene.told("org.kent.inbox.v1")
    assert [one["sequence"] for one in told] == [1, 2, 3]
    assert told == await scene.inbox("kent")
    (row,) = await scene.rows("SELECT provisioned_at FROM organisations")
    assert row.provisioned_at == now


async def test_without_kafka_there_is_a_cursor_and_no_topic(scene: Scene) -> None:
    await scene.enrol("kent")
    now = scene.clock.now()
    await scene.hear(event(task(now), now))
    assert await scene.told("org.kent.inbox.v1") == []
    assert len(await scene.inbox("kent")) == 1
