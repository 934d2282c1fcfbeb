"""From plain values to typed settings: nested ones, those that are built later, and all errors at once."""

from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import field
from typing import Literal

import pytest

from mobilenas.settings import Positive, Reader, SettingsError, settings
from mobilenas.settings.typed import WRITE_A_PART

NULL = """: write 'name="null"' on the command line, or name: "null" in a file"""


@settings
class Engine:
    """An engine."""

    threads: Positive = 1


@settings
class Search:
    """A search."""

    population: Positive = 70
    mutation: Literal["random", "hierarchical"] = "random"
    engine: Engine = field(default_factory=Engine)

    def __post_init__(self) -> None:
        if self.population == 13:
            raise ValueError("Search: a population of 13 brings bad luck.")


@settings
class Other:
    """Another kind."""


class Network:
    """What reads its settings itself."""

    def __init__(self, layers: int) -> None:
        self.layers = layers

    @classmethod
    def from_settings(cls, content: dict[str, int], place: str) -> "Network":
        if content["layers"] < 1:
            raise ValueError(f"{place} has no layer.")
        return cls(content["layers"])


@settings
class Run:
    """All of a run."""

    name: str
    search: Search
    engine: Engine
    seed: int = 0
    fresh: bool = False
    network: Network | None = None
    weights: dict[str, float] = field(default_factory=dict)
    spare: Search | None = None


class Bare(Search):
    """Is not made a settings class itself."""


KNOWN: dict[str, Callable[..., object]] = {"Search": Search, "Other": Other, "Engine": Engine, "Bare": Bare}


def resolve(target: str) -> Callable[..., object]:
    if target not in KNOWN:
        raise ValueError(f"_target_ {target!r} is not allowed.")
    return KNOWN[target]


def _read(**values: object) -> Run:
    least = {"name": "run", "search": {"_target_": "Search"}, "engine": {}}
    made: Run = Reader(resolve).read(Run, least | values)
    return made


def _wrong(**values: object) -> list[str]:
    with pytest.raises(SettingsError) as refused:
        _read(**values)
    assert str(refused.value) == " ".join(refused.value.sentences)
    return list(refused.value.sentences)


def test_what_is_left_out_has_its_default() -> None:
    made = _read()
    assert (made.name, made.search, made.seed, made.network) == ("run", Search(), 0, None)


def test_settings_within_settings_are_of_their_class_with_a_target_and_without() -> None:
    made = _read(search={"_target_": "Search", "population": 8, "engine": {"threads": 2}})
    assert made.search == Search(8, engine=Engine(2))
    assert (
        _read(search={"_target_": "Search", "engine": {"_target_": "Engine", "threads": 3}}).search.engine.threads == 3
    )


def test_a_class_may_read_its_settings_itself() -> None:
    made = _read(network={"layers": 3})
    assert made.network is not None and made.network.layers == 3
    assert _wrong(network={"layers": 0}) == ["network has no layer."]


def test_a_mapping_without_a_class_stays_one() -> None:
    assert _read(weights={"top1": 0.5}).weights == {"top1": 0.5}


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"sed": 1}, "There is no setting 'sed'; did you mean 'seed'?"),
        (
            {"search": {"_target_": "Search", "populaton": 1}},
            "There is no setting 'search.populaton'; did you mean 'search.population'?",
        ),
        (
            {"search": {"_target_": "Search", "lr": 1}},
            "There is no setting 'search.lr'; choose from population, mutation, engine.",
        ),
        (
            {"search": {"_target_": "Search", "engine": {"_target_": "Search", "x": 1}}},
            "search.engine must be an Engine, not a Search.",
        ),
        ({"name": "???"}, "The setting name has no value: add name=..."),
        ({"seed": 1.5}, "seed must be a whole number, not 1.5."),
        ({"fresh": "flase"}, "fresh must be true or false, not 'flase'."),
        ({"name": None}, f"name must be a text, not null{NULL}."),
        (
            {"name": 2024},
            """name must be a text, not 2024: write 'name="2024"' on the command line, or name: "2024" in a file.""",
        ),
        ({"name": "a\0b"}, "name must have no NUL character, which no path or name can have: leave it out."),
        ({"name": [1]}, "name must be a text, not [1]."),
        ({"search": 3}, f"search must be a Search, not 3{WRITE_A_PART}."),
        ({"search": None}, f"search must be a Search, not null{WRITE_A_PART}."),
        ({"search": {"_target_": "Other"}}, "search must be a Search, not an Other."),
        ({"search": {"_target_": None}}, "search._target_ must be a text, not null."),
        ({"search": {"_target_": "os.system"}}, "search: _target_ 'os.system' is not allowed."),
        (
            {"search": {"_target_": "Search", "engine": {"threads": 0}}},
            "search.engine.threads must be a whole number, 1 or more, not 0.",
        ),
        ({"search": {"_target_": "Search", "population": 13}}, "search: a population of 13 brings bad luck."),
        (
            {"search": {"_target_": "Bare"}},
            "search: Bare has no settings: write @settings above the class.",
        ),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_wrong_setting_is_named_by_its_group(values: dict[str, object], said: str) -> None:
    assert _wrong(**values) == [said]


def test_a_setting_that_is_left_out_is_asked_for() -> None:
    with pytest.raises(SettingsError) as refused:
        Reader(resolve).read(Run, {"search": {"_target_": "Search"}})
    assert refused.value.sentences == (
        "The setting name has no value: add name=...",
        "The setting engine has no value: add engine=...",
    )


def test_all_that_is_wrong_is_told_at_once_and_each_thing_once() -> None:
    engine = {"threads": None, "cores": 2}
    search = {"_target_": "Search", "population": "abc", "mutation": "none", "engine": engine}
    assert sorted(_wrong(name=None, seed="x", fresh=0, sede=1, search=search, spare={"_target_": "Nothing"})) == sorted(
        [
            "There is no setting 'sede'; did you mean 'seed'?",
            "There is no setting 'search.engine.cores'; choose from threads.",
            "search.engine.threads must be a whole number, 1 or more, not null.",
            "search.population must be a whole number, 1 or more, not 'abc'.",
            "search.mutation must be one of random, hierarchical, not 'none'.",
            "spare: _target_ 'Nothing' is not allowed.",
            f"name must be a text, not null{NULL}.",
            "seed must be a whole number, not 'x'.",
            "fresh must be true or false, not 0.",
        ]
    )


def test_a_reader_forgets_what_was_wrong_before() -> None:
    reader = Reader(resolve)
    with pytest.raises(SettingsError):
        reader.read(Search, {"population": 0})
    assert reader.read(Search, {"population": 2}) == Search(2)


@settings
class Part(ABC):
    """What other classes are kinds of."""

    @abstractmethod
    def use(self) -> None:
        """Uses it."""


def test_a_kind_of_part_is_no_part() -> None:
    with pytest.raises(SettingsError) as refused:
        Reader(resolve).read(Part, {}, "part")
    assert refused.value.sentences == ("part names no part: add part=... with the name of one.",)
