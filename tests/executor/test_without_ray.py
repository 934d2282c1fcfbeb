"""What can be said of executor=ray before Ray is there."""

import pytest

from mobilenas.executor import RayExecutor


def test_the_absence_of_ray_ends_in_the_way_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("mobilenas.executor.ray.find_spec", lambda name: None)
    with pytest.raises(ValueError, match=r"^executor=ray needs Ray: pip install 'mobilenas\[cluster\]'\.$"):
        RayExecutor()


@pytest.mark.parametrize(
    "setting", ["workers", "threads", "cpus_per_trial", "gpus_per_trial", "retries", "timeout_minutes"]
)
def test_a_setting_out_of_its_range_is_refused(setting: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("mobilenas.executor.ray.find_spec", str)  # as if it were there
    with pytest.raises(ValueError, match=f"executor: {setting} must be a"):
        RayExecutor(**{setting: -1})
