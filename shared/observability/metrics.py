"""Every metric, named once. Labels are bounded: groups, lanes, verdicts and organisations' kinds, never ids."""

from typing import Final

from prometheus_client import Counter, Gauge, Histogram

_SECONDS: Final = (0.001, 0.0025, 0.005, 0.01, 0.02, 0.04, 0.06, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 60)

CONSUMED: Final = Counter("nclcc_messages_consumed_total", "Messages whose effect is committed", ["group"])
BATCH_SECONDS: Final = Histogram(
    "nclcc_batch_seconds", "From the batch in hand to its commit", ["group"], buckets=_SECONDS
)
RETRIES: Final = Counter("nclcc_batch_retries_total", "Batches taken again because something passing failed", ["group"])
POSITIONS_LOST: Final = Counter(
    "nclcc_positions_lost_total", "Batches lost to another owner of the partition", ["group"]
)
DEAD_LETTERS: Final = Counter("nclcc_dead_letters_total", "Messages set aside", ["group"])
RELAYED: Final = Counter("nclcc_outbox_relayed_total", "Outbox rows acknowledged by the broker", ["lane"])
RELAY_STALLS: Final = Counter(
    "nclcc_outbox_relay_stalls_total", "Times that a relay had to wait for broker or database", ["lane"]
)
RECEIPTS: Final = Counter("nclcc_receipts_total", "Receipts written", ["verdict"])
ALERTS: Final = Counter("nclcc_alerts_total", "Alerts raised", ["urgency"])
HANDED_OVER: Final = Counter("nclcc_hand_overs_total", "Attempts to hand an alert to a channel", ["channel", "outcome"])
HAND_OVER_SECONDS: Final = Histogram(
    "nclcc_submission_to_hand_over_seconds",
    "From the publisher's send to an alert's first hand-over",
    ["urgency"],
    buckets=_SECONDS,
)
ESCALATIONS: Final = Counter("nclcc_escalations_total", "Alerts that climbed a step", ["urgency"])
AUDIT_SEALED: Final = Counter("nclcc_audit_rows_sealed_total", "Rows of the audit log that a checkpoint holds")
AUDIT_SEALED_AT: Final = Gauge("nclcc_audit_sealed_at_seconds", "When the last checkpoint of this process was made")
READY: Final = Gauge("nclcc_ready", "1 while every part of this process is ready")
