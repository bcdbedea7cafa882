"""Folders that are replaced whole."""

from __future__ import annotations

from pathlib import Path

from train.state import recover_folder, replace_folder


def _names(folder: Path) -> dict[str, str]:
    return {str(file.relative_to(folder)): file.read_text() for file in folder.rglob("*") if file.is_file()}


def test_what_a_kill_left_beside_a_folder_is_removed(tmp_path: Path) -> None:
    """Found by kills at random moments: the folder moved away stayed for good when no further state was saved."""
    for name in ("state", "state.old", "state.part"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "step").write_text(name)
    recover_folder(tmp_path / "state")
    assert _names(tmp_path) == {"state/step": "state"}


def test_a_kill_between_the_renames_loses_nothing(tmp_path: Path) -> None:
    replace_folder(tmp_path / "state", lambda part: (part / "step").write_text("1") and None)
    (tmp_path / "state").rename(tmp_path / "state.old")
    recover_folder(tmp_path / "state")
    assert _names(tmp_path) == {"state/step": "1"}
