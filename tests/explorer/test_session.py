"""One tab: the newest state wins, nothing impossible stays, what is long can be refused and cancelled."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from quasispin.errors import InputError, QuasispinError, SolverError
from quasispin.explorer import box as box_module
from quasispin.explorer import compute
from quasispin.explorer import session as session_module
from quasispin.explorer.compute import PARTS
from quasispin.explorer.session import Session
from quasispin.explorer.state import State, packed
from quasispin.explorer.worker import EndedError
from tests.explorer.examples import TIN, levels
from tests.explorer.screens import FakeScreen, ended, until

Play = Callable[[Session, FakeScreen], Awaitable[None]]
SMALL = State(size=1, electrons=2)
BIG = levels("energy,degeneracy\n" + "".join(f"{i},1\n" for i in range(60)), electrons=60)


class FakeWorker:
    """Computes when it is told to; `end` ends it."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.go = asyncio.Event()
        self.is_idle, self.ends = True, 0
        self._ended = asyncio.Event()

    async def compute(self, part: str, state: State, progress: Callable[[float], None]) -> Any:
        self.asked.append(part)
        self.is_idle = False
        progress(0.5)
        waits = [asyncio.ensure_future(one.wait()) for one in (self.go, self._ended)]
        await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
        for wait in waits:
            wait.cancel()
        self.is_idle = True
        if self._ended.is_set():
            self._ended = asyncio.Event()
            raise EndedError("The computation was ended before it was done.", part)
        return f"{part} of {state.coupling}"

    def end(self) -> None:
        self.ends += 1
        if not self.is_idle:
            self._ended.set()
        self.is_idle = True


def play(state: State, what: Play, *, delay: float = 0.0, is_fake: bool = False) -> FakeScreen:
    """Open a tab, do what a person does, close it."""
    screen = FakeScreen(delay)

    async def whole() -> None:
        session = Session(screen, state)
        if is_fake:
            session.worker = FakeWorker()  # type: ignore[assignment]
        task = asyncio.create_task(session.run())
        await what(session, screen)
        await ended(task, session)

    asyncio.run(whole())
    return screen


def test_a_tab_begins_with_every_part() -> None:
    async def look(session: Session, screen: FakeScreen) -> None:
        await until(lambda: screen.frames)
        assert set(screen.frames[0].parts) == set(PARTS)
        assert (screen.frames[0].state, screen.frames[0].before) == (SMALL, None)
        assert screen.frames[0].stale == frozenset()

    assert play(SMALL, look).sentence == ""


def test_a_change_computes_what_it_concerns_alone() -> None:
    async def look(session: Session, screen: FakeScreen) -> None:
        await until(lambda: screen.frames)
        assert session.want(field=0.7)
        await until(lambda: len(screen.frames) == 2)
        assert set(screen.frames[1].parts) == {"now", "temperature", "seniority"}
        session.want(against="temperature")
        await until(lambda: len(screen.frames) == 3)
        assert screen.frames[2].parts == {}

    play(SMALL, look)


def test_states_that_come_faster_than_pictures_are_passed_over_and_the_newest_is_shown() -> None:
    wanted = [0.01 * i for i in range(1, 41)]

    async def drag(session: Session, screen: FakeScreen) -> None:
        await until(lambda: screen.frames)
        for field in wanted:
            session.want(field=field)
            await asyncio.sleep(0.002)
        await until(lambda: screen.frames[-1].state.field == wanted[-1])

    screen = play(SMALL, drag, delay=0.03)
    fields = [frame.state.field for frame in screen.frames[1:]]
    assert fields == sorted(fields)
    assert len(fields) < len(wanted) / 2


def test_a_value_outside_its_limits_is_said_and_the_controls_go_back() -> None:
    async def err(session: Session, screen: FakeScreen) -> None:
        await until(lambda: screen.frames)
        assert not session.want(temperature=-1.0)
        assert screen.sentence == "`temperature` must lie in [0, 1e+06], but is -1.0."
        assert (screen.restored, session.state) == (1, SMALL)
        session.want(temperature=0.3)
        await until(lambda: len(screen.frames) == 2)
        assert screen.sentence == ""

    play(SMALL, err)


def test_a_box_that_there_is_not_is_said_and_what_is_shown_stays() -> None:
    async def err(session: Session, screen: FakeScreen) -> None:
        await until(lambda: screen.frames)
        assert session.want(electrons=99)
        await until(lambda: screen.sentence)
        assert screen.sentence == "`electrons` must lie in [0, 6], but is 99."
        assert (session.state, screen.restored, len(screen.frames)) == (SMALL, 1, 1)

    play(SMALL, err)


def test_an_impossible_address_shows_the_usual_view_and_says_why() -> None:
    async def look(session: Session, screen: FakeScreen) -> None:
        await until(lambda: screen.frames)
        assert screen.frames[0].state == State()
        assert screen.sentence.endswith("but is 99. The usual view is shown.")

    play(State(electrons=99), look)


def test_no_ensemble_is_a_state_like_others() -> None:
    async def look(session: Session, screen: FakeScreen) -> None:
        await until(lambda: screen.frames)
        assert screen.frames[0].parts["field"].numbers == []

    play(SMALL.but(ensembles=()), look)


def test_whatever_fails_is_said_and_the_next_state_is_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    usual = compute.compute

    def fails(part: str, state: State, progress: Any = None) -> Any:
        if state.field == 0.9:
            raise ZeroDivisionError("a mistake of ours")
        return usual(part, state, progress)

    monkeypatch.setattr(compute, "compute", fails)

    async def err(session: Session, screen: FakeScreen) -> None:
        await until(lambda: screen.frames)
        session.want(field=0.9)
        await until(lambda: screen.sentence)
        assert screen.sentence == "This view failed; the log of the server says why."
        session.want(field=0.8)
        await until(lambda: len(screen.frames) == 2)
        assert screen.frames[1].state.field == 0.8

    play(SMALL, err)


def test_a_first_view_that_fails_gives_way_to_the_usual_one(monkeypatch: pytest.MonkeyPatch) -> None:
    usual = compute.compute

    def fails(part: str, state: State, progress: Any = None) -> Any:
        if state == SMALL:
            raise MemoryError
        return usual(part, state, progress)

    monkeypatch.setattr(compute, "compute", fails)

    async def look(session: Session, screen: FakeScreen) -> None:
        await until(lambda: screen.frames)
        assert screen.frames[0].state == State()

    play(SMALL, look)


def test_the_usual_view_that_fails_is_not_tried_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    calls = []

    def fails(part: str, state: State, progress: Any = None) -> Any:
        calls.append(part)
        raise MemoryError

    monkeypatch.setattr(compute, "compute", fails)

    async def look(session: Session, screen: FakeScreen) -> None:
        await until(lambda: screen.sentence)
        await asyncio.sleep(0.1)

    play(State(), look)
    assert len(calls) == 1


# -- several shells: in the other process ----------------------------------------------------------


def test_a_long_view_is_shown_part_by_part_with_its_progress() -> None:
    async def look(session: Session, screen: FakeScreen) -> None:
        session.worker.go.set()  # type: ignore[attr-defined]
        await until(lambda: len(screen.frames) == 1 + len(PARTS) and not screen.is_busy)
        assert [list(frame.parts) for frame in screen.frames] == [[], *([part] for part in PARTS)]
        assert screen.shares == sorted(screen.shares)
        assert screen.sentence == ""

    play(levels(), look, is_fake=True)


def test_what_is_not_there_yet_is_stale() -> None:
    async def look(session: Session, screen: FakeScreen) -> None:
        await until(lambda: screen.frames)
        session.put(levels())
        await until(lambda: len(screen.frames) == 2)
        assert screen.frames[1].stale == frozenset(PARTS)
        session.worker.go.set()  # type: ignore[attr-defined]
        await until(lambda: len(screen.frames) == 2 + len(PARTS))
        assert screen.frames[3].stale == frozenset(PARTS[2:])
        assert screen.frames[-1].stale == frozenset()
        for part, result in session.results.items():
            assert compute.key(part, result.state) == compute.key(part, levels())

    play(SMALL, look, is_fake=True)


def test_cancel_ends_a_computation_and_what_was_shown_stays() -> None:
    async def cancel(session: Session, screen: FakeScreen) -> None:
        await until(lambda: screen.is_busy)
        session.cancel()
        await until(lambda: not screen.is_busy)
        assert screen.asked[-1] == "Cancelled."  # and nothing is dimmed: nothing was there before
        session.worker.go.set()  # type: ignore[attr-defined]
        session.allow()
        await until(lambda: len(session.results) == len(PARTS))
        assert (screen.sentence, screen.asked[-1]) == ("", "")

    play(levels(), cancel, is_fake=True)


def test_another_box_ends_what_nobody_wants_any_more(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(session_module, "PATIENCE", 0.0)

    async def change(session: Session, screen: FakeScreen) -> None:
        await until(lambda: screen.is_busy)
        session.put(SMALL)
        await until(lambda: screen.frames[-1].state == SMALL)
        assert session.worker.ends == 1  # type: ignore[attr-defined]
        assert screen.sentence == ""
        assert not screen.is_busy

    play(levels(), change, is_fake=True)


def test_another_temperature_of_the_same_box_is_taken_up_at_once() -> None:
    async def heat(session: Session, screen: FakeScreen) -> None:
        await until(lambda: screen.is_busy)
        session.want(temperature=0.3)
        await until(lambda: screen.frames[-1].state.temperature == 0.3)
        assert session.worker.ends == 0  # type: ignore[attr-defined]  # what is solved is needed for it too
        session.worker.go.set()  # type: ignore[attr-defined]
        await until(lambda: len(session.results) == len(PARTS))
        await until(lambda: not screen.is_busy)
        assert all(frame.state.temperature == 0.3 for frame in screen.frames[1:])
        drawn = {part for frame in screen.frames for part in frame.parts}
        assert drawn == set(PARTS)

    play(levels(), heat, is_fake=True)


def test_another_box_lets_what_is_about_to_end_end() -> None:
    async def change(session: Session, screen: FakeScreen) -> None:
        await until(lambda: screen.is_busy)
        session.put(SMALL)
        await asyncio.sleep(0.3)
        session.worker.go.set()  # type: ignore[attr-defined]
        await until(lambda: screen.frames[-1].state == SMALL)
        assert session.worker.ends == 0  # type: ignore[attr-defined]

    play(levels(), change, is_fake=True)


def test_another_field_lets_the_part_that_goes_on_finish() -> None:
    async def change(session: Session, screen: FakeScreen) -> None:
        await until(lambda: screen.is_busy)
        session.want(field=0.1)
        await asyncio.sleep(0.3)
        assert session.worker.ends == 0  # type: ignore[attr-defined]
        session.worker.go.set()  # type: ignore[attr-defined]
        await until(lambda: len(session.results) == len(PARTS))
        assert session.results["seniority"].state.field == 0.1

    play(levels(), change, is_fake=True)


def test_a_process_that_somebody_else_ends_is_said() -> None:
    async def kill(session: Session, screen: FakeScreen) -> None:
        await until(lambda: screen.is_busy)
        session.worker.end()
        await until(lambda: not screen.is_busy)
        assert screen.asked[-1] == "The computation was ended before it was done."

    play(levels(), kill, is_fake=True)


def test_an_error_of_one_part_stands_in_its_place_and_others_go_on() -> None:
    async def look(session: Session, screen: FakeScreen) -> None:
        async def fails(part: object, state: State, progress: Any) -> Any:
            if part == "field":
                raise SolverError("No solution.", part)
            return part

        session.worker.compute = fails  # type: ignore[method-assign]
        await until(lambda: len(session.results) == len(PARTS))
        assert str(session.results["field"].numbers) == "No solution."
        assert session.results["map"].numbers == "map"

    play(levels(), look, is_fake=True)


def test_what_would_take_long_is_asked_for_first_and_done_when_allowed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(compute, "seconds", lambda state: 90.0)

    async def ask(session: Session, screen: FakeScreen) -> None:
        worker = session.worker
        worker.go.set()  # type: ignore[attr-defined]
        await until(lambda: screen.asked)
        assert screen.asked[-1] == "This would take about 2 minutes."
        assert not worker.asked  # type: ignore[attr-defined]
        session.allow()
        await until(lambda: len(session.results) == len(PARTS))
        assert screen.asked[-1] == ""
        session.want(field=0.1)  # the same box needs no other word
        await until(lambda: session.results["temperature"].state.field == 0.1)
        session.want(electrons=6)
        await until(lambda: screen.asked[-1])

    play(levels(), ask, is_fake=True)


def test_what_does_not_fit_into_memory_is_refused_in_one_sentence() -> None:
    async def look(session: Session, screen: FakeScreen) -> None:
        await until(lambda: screen.frames)
        session.put(BIG)
        await until(lambda: screen.sentence)
        assert "would take" in screen.sentence
        assert "\n" not in screen.sentence
        assert (session.state, screen.frames[-1].state) == (SMALL, SMALL)

    play(SMALL, look)


def test_what_can_never_be_had_is_refused_before_anything_is_computed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The axes of a level scheme take a mean field, which takes seconds of six hundred shells."""
    huge = levels("energy,states\n" + "".join(f"{i},2\n" for i in range(600)), electrons=600)

    def computed(*_: object) -> float:
        raise AssertionError

    async def look(session: Session, screen: FakeScreen) -> None:
        await until(lambda: screen.frames)
        monkeypatch.setattr(box_module, "_gap", computed)
        session.put(huge)
        await until(lambda: screen.sentence)
        assert "GiB and thousands of years" in screen.sentence
        assert session.state == SMALL
        assert not session.worker.asked  # type: ignore[attr-defined]

    play(SMALL, look, is_fake=True)


# -- files -----------------------------------------------------------------------------------------


def test_files_of_one_shell_and_of_several() -> None:
    async def load(session: Session, screen: FakeScreen) -> None:
        await until(lambda: screen.frames)
        assert (await session.file(SMALL, "csv")).startswith(b"ensemble,")
        small = levels("energy,degeneracy\n0,1\n1,1\n", electrons=2)
        assert (await session.file(small, "py")).startswith(b"import numpy")
        with pytest.raises(QuasispinError, match="at least one"):
            await session.file(small.but(ensembles=()), "csv")

    play(SMALL, load)


def test_two_tabs_do_not_see_each_other() -> None:
    async def look(session: Session, screen: FakeScreen) -> None:
        other = Session(FakeScreen(), TIN)
        await until(lambda: screen.frames)
        session.want(field=0.9)
        assert other.state == TIN
        assert not other.results
        assert other.worker is not session.worker

    play(SMALL, look)


def test_nonsense_levels_are_said() -> None:
    async def err(session: Session, screen: FakeScreen) -> None:
        await until(lambda: screen.frames)
        session.want(box="levels", levels=packed("energy\n", "csv"))
        await until(lambda: screen.sentence)
        assert screen.sentence.startswith("levels.csv: line 1: needs at least one of the columns")
        with pytest.raises(InputError):
            State(box="levels")

    play(SMALL, err)
