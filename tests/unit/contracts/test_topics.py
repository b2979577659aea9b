"""Topics: anchored patterns, who reads what, and settings that the broker is given."""

import re

import pytest

from shared.contracts import topics


class TestPatterns:
    @pytest.mark.parametrize("kind", topics.ORGANISATION_TOPICS)
    def test_match_the_topic_and_never_its_dead_letters(self, kind: topics.OrganisationTopic) -> None:
        topic = kind.of("west-midlands")
        assert re.match(kind.pattern, topic.name)
        for group in topic.readers:
            assert not re.match(kind.pattern, topics.dead_letter_name(topic.name, group))

    @pytest.mark.parametrize("name", ["org..pursue.v1", "org.Kent.pursue.v1", "xorg.a1.pursue.v1", "org.a1.pursue.v10"])
    def test_match_nothing_else(self, name: str) -> None:
        assert not re.match(topics.PURSUE.pattern, name)

    def test_the_name_says_who_speaks(self) -> None:
        assert topics.organisation_of("org.avon-and-somerset.intel.v1") == "avon-and-somerset"
        assert topics.organisation_of(topics.PURSUE_EVENTS) is None
        assert topics.organisation_of("org.kent.pursue.v1.tasking.submissions.dlt") is None


def test_every_name_is_declared_once() -> None:
    names = [topic.name for topic in topics.internal_topics()]
    assert len(names) == len(set(names))


def test_every_internal_event_with_sealed_content_is_for_services_only() -> None:
    for topic in topics.INTERNAL:
        assert topic.sealed == (".sealed." in topic.name)
        assert not topic.sealed or all(reader.split(".")[0] in ("safeguarding", "notify") for reader in topic.readers)


def test_each_organisation_topic_has_one_reading_service() -> None:
    for kind in topics.ORGANISATION_TOPICS:
        assert len({reader.split(".")[0] for reader in kind.readers}) <= 1


def test_dead_letters_take_more_than_any_source_and_keep_as_long() -> None:
    for topic in [*topics.INTERNAL, *topics.topics_of("kent")]:
        for group in topic.readers:
            dead = topic.dead_letters(group)
            assert dead.max_message_bytes > topic.max_message_bytes
            assert dead.retention_days >= topic.retention_days
            assert dead.sealed == topic.sealed


def test_a_compacted_topic_outlasts_an_outage() -> None:
    for topic in topics.INTERNAL:
        if topic.cleanup == "compact":
            assert int(topic.config["delete.retention.ms"]) >= 7 * 24 * 3600 * 1000
