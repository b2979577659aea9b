"""Each damage is found, named and placed, by looking at rows and checkpoints alone."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.audit.checkpoint import (
    FIRST_PREVIOUS,
    Checkpoint,
    LoggedRow,
    SealedCheckpoint,
    leaf_of,
    pack,
    root_hex,
    sign,
    unpack,
)
from shared.audit.keys import key_id, new_key_pem, private_key, public_key, public_pem
from shared.audit.reading import StoredCheckpoint
from shared.audit.verify import Damage, verify

NOW = datetime(2026, 11, 20, 18, 3, tzinfo=UTC)
KEY = private_key(new_key_pem())
OTHER = private_key(new_key_pem())
KEYS = [KEY.public_key()]


def row(id: int, txid: int, **changed: object) -> LoggedRow:
    plain = LoggedRow(
        id, NOW, txid, "disclosure", "protect_task", f"t-{id}", "svc", "nclcc", '["kent"]', "kafka", None, '{"v": 1}'
    )
    return replace(plain, **changed)  # type: ignore[arg-type]


@dataclass
class Log:
    rows: list[LoggedRow]
    checkpoints: list[StoredCheckpoint]

    @property
    def published(self) -> list[SealedCheckpoint]:
        return [one.sealed for one in self.checkpoints]


def sealed_log(windows: int = 4, of: int = 5) -> Log:
    """Windows 1… of rows 1…, ten transactions wide each."""
    log, previous = Log([], []), FIRST_PREVIOUS
    for number in range(1, windows + 1):
        start = (number - 1) * 10
        rows = [row((number - 1) * of + i + 1, start + i % 10) for i in range(of)]
        leaves = [leaf_of(one) for one in rows]
        checkpoint = Checkpoint(
            "intel", number, start, start + 10, rows[0].id, rows[-1].id, of, root_hex(leaves), previous, NOW
        )
        previous = checkpoint.digest()
        packed = pack([one.id for one in rows], leaves)
        log.rows += rows
        log.checkpoints.append(StoredCheckpoint(sign(checkpoint, KEY), packed))
    return log


def found(log: Log, published: list[SealedCheckpoint] | None = None) -> list[tuple[Damage, int, tuple[int, ...]]]:
    return [(one.damage, one.number, one.rows) for one in verify("intel", log.rows, log.checkpoints, KEYS, published)]


def test_a_whole_log_has_no_finding() -> None:
    log = sealed_log()
    assert found(log, log.published) == []


def test_rows_that_no_window_holds_yet_are_no_finding() -> None:
    log = sealed_log()
    log.rows.append(row(99, 40))
    assert found(log) == []


@pytest.mark.parametrize(
    "changed",
    [
        {"action": "erasure"},
        {"record_kind": "line"},
        {"record_id": "t-0"},
        {"actor": "somebody"},
        {"organisation": "kent"},
        {"recipients": "[]"},
        {"way": "api"},
        {"purpose": "x"},
        {"detail": None},
        {"detail": '{"v": 2}'},
        {"detail": '{"v": 1' + "0" * 400 + "}"},
        {"detail": "{"},
        {"at": NOW + timedelta(microseconds=1)},
        {"txid": 13},
    ],
)
def test_an_altered_row(changed: dict[str, object]) -> None:
    log = sealed_log()
    log.rows[6] = replace(log.rows[6], **changed)  # type: ignore[arg-type]
    assert found(log) == [(Damage.ALTERED_ROW, 2, (7,))]


def test_a_removed_row() -> None:
    log = sealed_log()
    del log.rows[6]
    assert found(log) == [(Damage.REMOVED_ROW, 2, (7,))]


def test_an_added_row() -> None:
    log = sealed_log()
    log.rows.append(row(999, 22))
    assert found(log) == [(Damage.ADDED_ROW, 3, (999,))]


def test_a_row_moved_to_another_window() -> None:
    log = sealed_log()
    log.rows[0] = replace(log.rows[0], txid=35)
    assert found(log) == [(Damage.REMOVED_ROW, 1, (1,)), (Damage.ADDED_ROW, 4, (1,))]


@pytest.mark.parametrize(
    ("damage", "spoil"),
    [
        (Damage.ALTERED_ROW, lambda log: log.rows.__setitem__(6, row(7, 11, actor="x"))),
        (Damage.REMOVED_ROW, lambda log: log.rows.__delitem__(6)),
        (Damage.ADDED_ROW, lambda log: log.rows.append(row(999, 12))),
    ],
)
@pytest.mark.parametrize("leaves", [b"", b"x", pack([1], [bytes(32)])])
def test_without_the_leaves_the_window_is_still_named(
    damage: Damage, spoil: Callable[[Log], None], leaves: bytes
) -> None:
    log = sealed_log()
    spoil(log)
    log.checkpoints[1] = replace(log.checkpoints[1], leaves=leaves)
    assert found(log) == [(damage, 2, ())]


def test_a_cut_tail_shows_by_what_was_published() -> None:
    log = sealed_log()
    published = log.published
    log.checkpoints, log.rows = log.checkpoints[:2], log.rows[:10]
    assert found(log) == []
    assert found(log, published) == [(Damage.MISSING_CHECKPOINT, 3, ()), (Damage.MISSING_CHECKPOINT, 4, ())]


def test_an_emptied_log_shows_too() -> None:
    published = sealed_log(1).published
    assert found(Log([], []), published) == [(Damage.MISSING_CHECKPOINT, 1, ())]


def test_a_log_that_went_back_and_on_again() -> None:
    published = sealed_log(3).published
    log = sealed_log(3)
    again = replace(log.checkpoints[2].checkpoint, at=NOW + timedelta(hours=1))
    log.checkpoints[2] = replace(log.checkpoints[2], sealed=sign(again, KEY))
    assert found(log, published) == [(Damage.REPLACED_CHECKPOINT, 3, ())]


def test_a_gap_in_the_numbers() -> None:
    log = sealed_log()
    del log.checkpoints[1:3]
    assert found(log) == [(Damage.GAP, 2, ())]


def test_a_missing_beginning() -> None:
    log = sealed_log()
    del log.checkpoints[0]
    assert found(log) == [(Damage.GAP, 1, ())]


def test_a_checkpoint_signed_anew_breaks_the_chain_after_it() -> None:
    log = sealed_log()
    forged = replace(log.checkpoints[1].checkpoint, at=NOW + timedelta(hours=1))
    log.checkpoints[1] = replace(log.checkpoints[1], sealed=sign(forged, KEY))
    assert found(log) == [(Damage.BROKEN_CHAIN, 3, ())]


def test_windows_that_do_not_join() -> None:
    log = sealed_log(2)
    moved = replace(log.checkpoints[1].checkpoint, from_txid=9)
    log.checkpoints[1] = replace(log.checkpoints[1], sealed=sign(moved, KEY))
    assert found(log) == [(Damage.BROKEN_CHAIN, 2, ())]


def test_another_service_s_checkpoint() -> None:
    log = sealed_log(1)
    foreign = replace(log.checkpoints[0].checkpoint, service="notify")
    log.checkpoints[0] = replace(log.checkpoints[0], sealed=sign(foreign, KEY))
    assert found(log, []) == [(Damage.BROKEN_CHAIN, 1, ())]


@pytest.mark.parametrize(
    "spoil",
    [
        lambda sealed: sign(sealed.checkpoint, OTHER),
        lambda sealed: replace(sign(sealed.checkpoint, OTHER), key_id=sealed.key_id),
        lambda sealed: replace(sealed, signature="not base64"),
        lambda sealed: replace(sealed, signature=""),
        lambda sealed: replace(sealed, key_id="unknown"),
    ],
)
def test_a_bad_signature(spoil: Callable[[SealedCheckpoint], SealedCheckpoint]) -> None:
    log = sealed_log()
    log.checkpoints[1] = replace(log.checkpoints[1], sealed=spoil(log.checkpoints[1].sealed))
    assert found(log) == [(Damage.BAD_SIGNATURE, 2, ())]


def test_a_forged_publication_is_not_believed() -> None:
    log = sealed_log(2)
    forged = sign(replace(log.checkpoints[1].checkpoint, number=3), OTHER)
    assert found(log, [*log.published, forged]) == [(Damage.BAD_SIGNATURE, 3, ())]


def test_other_services_publications_are_passed_over() -> None:
    log = sealed_log(1)
    other = sign(replace(log.checkpoints[0].checkpoint, service="notify", number=7), KEY)
    assert found(log, [*log.published, other]) == []


def test_a_key_that_was_replaced_still_counts() -> None:
    log = sealed_log(1)
    log.checkpoints[0] = replace(log.checkpoints[0], sealed=sign(log.checkpoints[0].checkpoint, OTHER))
    assert verify("intel", log.rows, log.checkpoints, [KEY.public_key(), OTHER.public_key()]) == []


def test_a_finding_says_what_and_where() -> None:
    log = sealed_log()
    del log.rows[6]
    [finding] = verify("intel", log.rows, log.checkpoints, KEYS)
    assert finding.message == "removed-row in checkpoint 2: row 7 after sealing"


def test_a_published_checkpoint_is_read_back() -> None:
    sealed = sealed_log(1).published[0]
    assert SealedCheckpoint.from_dict(sealed.as_dict()) == sealed


def test_numbers_beyond_canonical_json_are_a_finding_and_no_failure() -> None:
    log = sealed_log(1)
    log.rows[0] = replace(log.rows[0], id=2**60)
    assert found(log) == [(Damage.REMOVED_ROW, 1, (1,)), (Damage.ADDED_ROW, 1, (2**60,))]


@given(st.lists(st.tuples(st.integers(-(2**63), 2**63 - 1), st.binary(min_size=32, max_size=32))))
def test_leaves_are_unpacked_as_they_were_packed(leaves: list[tuple[int, bytes]]) -> None:
    assert unpack(pack([id for id, _ in leaves], [leaf for _, leaf in leaves])) == leaves


def test_keys_are_read_from_pem_and_nothing_else() -> None:
    assert key_id(public_key(public_pem(KEY.public_key()).decode())) == key_id(KEY.public_key())
    with pytest.raises(ValueError, match=r".+"):
        private_key("no key")
