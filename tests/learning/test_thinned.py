"""A bounded list: what stays of many, and that it can be taken up again."""

from hypothesis import given
from hypothesis import strategies as st
from oracles import film as oracle

from tapetum.learning.thinned import Thinned


@given(count=st.integers(1, 300), most=st.integers(2, 20))
def test_what_stays_is_the_oracles(count: int, most: int) -> None:
    held: Thinned[int] = Thinned(most)
    for number in range(count):
        held.append(number)
        assert len(held) <= most
    assert list(held) == oracle.thinned(count, most)


@given(first=st.integers(1, 80), more=st.integers(0, 80), most=st.integers(2, 12))
def test_taken_up_again_it_goes_on_as_if_nothing_had_been(first: int, more: int, most: int) -> None:
    before: Thinned[int] = Thinned(most)
    for number in range(first):
        before.append(number)
    after: Thinned[int] = Thinned(most, list(before), before.stride, before.since)
    for number in range(first, first + more):
        after.append(number)
    assert list(after) == oracle.thinned(first + more, most)


def test_cut_back_it_goes_on_behind_what_is_left() -> None:
    held: Thinned[int] = Thinned(10)
    for number in range(8):
        held.append(number)
    held.cut(lambda number: number < 3)
    held.append(3)
    assert list(held) == [0, 1, 2, 3]
