"""What W&B would refuse is told in one sentence before any work, and nothing is asked on the terminal."""

from collections.abc import Iterator
from pathlib import Path

import pytest
import wandb

from mobilenas.tracking import Tracking, WandbLog
from tests.tracking.wandb_file import rows
from tests.tracking.wandb_server import wandb_server

KEY, OTHER = "a" * 40, "b" * 40


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    with wandb_server(KEY) as address:
        yield address


@pytest.fixture(autouse=True)
def alone(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[None]:
    """No settings of the user's, and W&B reads the environment again."""
    for name in ("WANDB_API_KEY", "WANDB_ENTITY", "WANDB_MODE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
    monkeypatch.setenv("WANDB_SILENT", "true")
    wandb.teardown()
    yield
    wandb.teardown()


def _refused(monkeypatch: pytest.MonkeyPatch, log: WandbLog, **variables: str) -> str:
    for name, value in variables.items():
        monkeypatch.setenv(f"WANDB_{name}", value)
    with pytest.raises(ValueError) as error:
        log.check()
    assert "\n" not in str(error.value)
    return str(error.value)


def test_a_key_and_a_team_that_the_server_knows_are_right(server: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {"BASE_URL": server, "API_KEY": KEY, "ENTITY": "our-team"}.items():
        monkeypatch.setenv(f"WANDB_{name}", value)
    WandbLog().check()


def test_a_server_that_is_not_there(monkeypatch: pytest.MonkeyPatch) -> None:
    said = _refused(monkeypatch, WandbLog(), BASE_URL="http://127.0.0.1:9", API_KEY=KEY)
    assert "cannot be reached at http://127.0.0.1:9 (" in said and "logger.offline=true" in said


@pytest.mark.parametrize(("key", "reason"), [(OTHER, "invalid key"), ("short", "40")])
def test_a_wrong_key(server: str, key: str, reason: str, monkeypatch: pytest.MonkeyPatch) -> None:
    said = _refused(monkeypatch, WandbLog(), BASE_URL=server, API_KEY=key)
    assert "does not accept the key" in said and reason in said and "logger.offline=true" in said


def test_an_entity_that_is_not_the_users(server: str, monkeypatch: pytest.MonkeyPatch) -> None:
    said = _refused(monkeypatch, WandbLog(), BASE_URL=server, API_KEY=KEY, ENTITY="others")
    assert "no entity 'others'" in said and "choose from me, our-team" in said


@pytest.mark.parametrize("key", [{}, {"API_KEY": ""}])
def test_no_key_is_asked_for(server: str, key: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    said = _refused(monkeypatch, WandbLog(offline=False), BASE_URL=server, **key)
    assert "set WANDB_API_KEY" in said and "logger.offline=true" in said


def test_a_key_of_an_earlier_login_is_found(server: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "netrc").write_text(f"machine {server.removeprefix('http://')} login user password {KEY}\n")
    (tmp_path / "netrc").chmod(0o600)
    monkeypatch.setenv("WANDB_BASE_URL", server)
    WandbLog(offline=False).check()


def test_a_key_with_a_space(server: str, monkeypatch: pytest.MonkeyPatch) -> None:
    said = _refused(monkeypatch, WandbLog(), BASE_URL=server, API_KEY=f"{KEY[:-1]} ")
    assert "variable WANDB_..., API key cannot start or end with whitespace" in said


def test_an_address_that_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    assert "base_url: Input should be a valid URL" in _refused(monkeypatch, WandbLog(), BASE_URL="garbage")


@pytest.mark.parametrize("mode", [{"WANDB_MODE": "offline"}, {"WANDB_API_KEY": ""}, {}])
def test_nothing_is_asked_of_a_server_offline(mode: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in ({"WANDB_BASE_URL": "http://127.0.0.1:9"} | mode).items():
        monkeypatch.setenv(name, value)
    WandbLog().check()


@pytest.mark.parametrize("project", ["team/project", "a#b", "a?b", "a%b", "a:b", "a\\b", "x" * 129, ""])
def test_a_project_that_wandb_refuses_is_refused_before(project: str) -> None:
    with pytest.raises(ValueError, match="project must"):
        WandbLog(project=project)


def test_a_run_that_is_refused_when_it_begins_stays_here(
    server: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setenv("WANDB_BASE_URL", server)
    monkeypatch.setenv("WANDB_API_KEY", KEY)
    tracking = Tracking(WandbLog(), tmp_path)
    with caplog.at_level("WARNING", "mobilenas"):
        for step in (9, 19):
            tracking.scalars("supernet", [(step, {"loss": 0.5})])
        tracking.close(complete=True)
    (said,) = [one.getMessage() for one in caplog.records if one.name.startswith("mobilenas")]
    assert "permission denied" in said and "wandb sync" in said
    wandb.teardown()
    (file,) = tmp_path.glob("wandb/offline-run-*/*.wandb")
    assert [row["supernet/step"] for row in rows(file)] == [9, 19]


class Resumed:
    """A run of which the server has the first steps of the supernet."""

    id, offline = "the-run", False

    def __init__(self, folder: Path) -> None:
        self.dir, self.summary = str(folder / "wandb" / "run-1" / "files"), {"supernet/step": 19}
        self.sent = list[dict[str, float]]()

    def define_metric(self, *names: str, **more: object) -> None:
        pass

    def log(self, metrics: dict[str, float]) -> None:
        self.sent.append(metrics)

    def finish(self, exit_code: int) -> None:
        pass


def test_a_run_that_goes_on_online_goes_on_from_the_servers_step(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Steps that were on their way when the command was stopped are sent again, and those that are there are not."""
    monkeypatch.setenv("WANDB_API_KEY", KEY)
    run, asked = Resumed(tmp_path), list[dict[str, object]]()
    monkeypatch.setattr(wandb, "init", lambda **settings: asked.append(settings) or run)
    first = Tracking(None, tmp_path).series(tmp_path / "supernet", "the fit")
    for step in (9, 19, 29, 39):
        first.add(step, {"loss": step / 100})
    for tracking in (Tracking(WandbLog(), tmp_path), Tracking(WandbLog(), tmp_path)):
        again = tracking.series(tmp_path / "supernet", "the fit")
        for step in (39, 49):
            again.add(step, {"loss": step / 100})
        tracking.close(complete=False)
    once = [{"supernet/loss": step / 100, "supernet/step": step} for step in (29, 39, 49)]
    assert run.sent == once * 2  # this server forgets
    assert [(one["resume"], one["mode"]) for one in asked] == [("allow", "online")] * 2
    assert str(asked[0]["id"]).startswith(tmp_path.name) and asked[1]["id"] == "the-run"


def test_the_agent_of_a_sweep_gives_the_id(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = list[dict[str, object]]()
    monkeypatch.setattr(wandb, "init", lambda **settings: asked.append(settings) or Resumed(tmp_path))
    monkeypatch.setenv("WANDB_SWEEP_ID", "a-sweep")
    WandbLog().open(tmp_path, "the-run")
    assert "id" not in asked[0]
