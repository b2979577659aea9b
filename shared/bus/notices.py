"""Notices: what a service asks the centre's desk to look at, as ids and codes alone."""

from shared.bus.work import Work
from shared.contracts.envelope import Envelope, service_source
from shared.contracts.receipts import NOTICE, Notice, NoticeKind
from shared.contracts.topics import notices_topic
from shared.kernel.ids import public_id


def publish_notice(
    work: Work, service: str, kind: NoticeKind, organisation: str | None, reference: str, occasion: str | None = None
) -> None:
    """Ask for an alert. What has the same occasion (by default the reference) makes one alert, however often asked."""
    notice = Notice(
        notice=public_id("notice", service, kind, occasion or reference),
        kind=kind,
        organisation=organisation,
        reference=reference,
        at=work.now,
    )
    event = Envelope(
        id=str(notice.notice),
        source=service_source(service),
        type=NOTICE,
        time=work.now,
        data=notice.model_dump(mode="json"),
        subject=str(notice.notice),
        aggregateversion=1,
    )
    work.publish(notices_topic(service), event, str(notice.notice))
