"""A family is one constructor with lists; every list is a dimension."""

from __future__ import annotations

import pickle
from typing import Any

import numpy as np
import pytest

from quasispin.errors import InputError, QuasispinError
from quasispin.system.family import Family
from quasispin.system.shell import Shell
from quasispin.system.system import System
from quasispin.system.tilted_shell import TiltedShell

GRAIN = {"shell": Shell.orbital(5), "gap_scale": 1.0}


def test_lists_become_dimensions_in_their_order() -> None:
    family = Family(
        System.single_shell, shell=[Shell.orbital(2), Shell.spin(3)], electrons=[1, 2, 3], coupling=0.5
    )
    assert family.dimensions == {"shell": (Shell.orbital(2), Shell.spin(3)), "electrons": (1, 2, 3)}
    assert family.shape == (2, 3)
    members = list(family.members())
    assert [chosen["electrons"] for chosen, _ in members] == [1, 2, 3, 1, 2, 3]
    assert members[4][1] == System.single_shell(Shell.spin(3), 2, coupling=0.5)


@pytest.mark.parametrize("electrons", [[9, 10], (9, 10), range(9, 11), np.array([9, 10])])
def test_every_kind_of_list_varies(electrons: Any) -> None:
    assert Family(System.single_shell, electrons=electrons, **GRAIN).dimensions == {"electrons": (9, 10)}


def test_a_family_compares_hashes_and_pickles_by_value() -> None:
    one, two = (Family(System.single_shell, electrons=[9, 10], **GRAIN) for _ in range(2))
    assert one == two
    assert len({one, two, pickle.loads(pickle.dumps(one))}) == 1
    assert repr(one) == "<Family of 2 systems: electrons=[9, 10]>"


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"electrons": 9}, "A Family needs at least one list among its arguments; else use a System."),
        ({"electrons": []}, "`electrons` must hold at least one value, but is empty."),
        ({"electrons": [9, 9]}, "`electrons` must not hold a value twice, but is [9, 9]."),
        ({"electrons": [9, 99]}, "At electrons=99: `electrons` must lie in [0, 22], but is 99."),
        ({"electrons": [9.5]}, "At electrons=9.5: `electrons` must be a whole number, but is 9.5."),
        ({"electrons": [[1, 2]]}, "A list in a Family must hold numbers or shells, but holds [1, 2]."),
        (
            {"electrons": range(10**12)},
            "`electrons` must hold at most 100000 values, but holds 1000000000000.",
        ),
        (
            {"electrons": range(1000), "coupling": [0.001 * i for i in range(1000)]},
            "A Family must hold at most 100000 systems, but this one holds 1000000.",
        ),
    ],
)
def test_impossible_families_are_refused_in_one_sentence(arguments: dict[str, Any], words: str) -> None:
    with pytest.raises(QuasispinError) as caught:
        Family(System.single_shell, **{**GRAIN, **arguments})
    assert str(caught.value) == words


def test_what_makes_no_system_is_refused() -> None:
    with pytest.raises(InputError, match=r"`build` must make a System from keywords, but is 3\."):
        Family(3, electrons=[1])  # type: ignore[arg-type]
    with pytest.raises(InputError, match=r"`build` must make a System or a TiltedShell, but makes 1\."):
        Family(lambda electrons: electrons, electrons=[1])
    with pytest.raises(InputError, match="`build` does not take these arguments"):
        Family(System.single_shell, electrons=[1], colour=2)


def test_tilted_shells_form_a_family_along_an_angle_or_a_strength() -> None:
    shell = {"orbital": 2, "electrons": 4, "coupling": 0.4}
    family = Family(TiltedShell, deformation=[0.5, 1.0], spin_orbit=0.1, angle=[0.0, 0.7, 1.4], **shell)
    assert family.is_tilted
    assert family.shape == (2, 3)
    chosen, last = list(family.members())[-1]
    assert chosen == {"deformation": 1.0, "angle": 1.4}
    assert last == TiltedShell(2, 4, 0.4, deformation=1.0, spin_orbit=0.1, angle=1.4)
    turned = Family(last.with_angle, angle=[0.0, 0.7])
    assert next(turned.members())[1] == TiltedShell(2, 4, 0.4, deformation=1.0, spin_orbit=0.1)
    assert not Family(System.single_shell, electrons=[9, 10], **GRAIN).is_tilted


def test_impossible_tilted_shells_and_mixed_families_are_refused() -> None:
    with pytest.raises(InputError, match=r"^At electrons=11: `electrons` must lie in \[0, 10\]"):
        Family(TiltedShell, orbital=2, electrons=[4, 11], coupling=0.4)

    def either(angle: float) -> System | TiltedShell:
        return TiltedShell(2, 4, 0.4, angle=angle) if angle else System(Shell.orbital(2), 4, 0.4)

    with pytest.raises(InputError, match="only systems or only tilted shells, but this one holds both"):
        Family(either, angle=[0.0, 0.5])
