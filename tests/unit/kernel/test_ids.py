"""Ids: the same parts give the same id, nobody without the key can compute it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.kernel.ids import derive, fresh_token, public_id

parts = st.lists(st.text(max_size=20), min_size=1, max_size=5)


class TestDerive:
    @given(parts)
    def test_is_deterministic_and_a_version_8_uuid(self, given_parts: list[str]) -> None:
        one, again = derive(b"key", *given_parts), derive(b"key", *given_parts)
        assert one == again
        assert one.version == 8
        assert one.variant == "specified in RFC 4122"

    @given(parts)
    def test_another_key_gives_another_id(self, given_parts: list[str]) -> None:
        assert derive(b"key", *given_parts) != derive(b"other", *given_parts)
        assert derive(b"key", *given_parts) != public_id(*given_parts)

    def test_parts_do_not_run_into_each_other(self) -> None:
        assert derive(b"key", "ab", "c") != derive(b"key", "a", "bc")

    def test_an_empty_key_is_refused(self) -> None:
        with pytest.raises(ValueError, match="must not be empty"):
            derive(b"", "a")


def test_a_links_secret_has_256_bits_and_is_fresh() -> None:
    assert len(fresh_token()) >= 43
    assert fresh_token() != fresh_token()
