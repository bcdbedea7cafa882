from __future__ import annotations

from pathlib import Path

from tests.cli.shell import taibao


def test_list_names_every_task(tmp_path: Path) -> None:
    lines = taibao("tasks", "list", home=tmp_path).stdout.decode().splitlines()
    names = "abstract ask chat claims entail ipc judge labels relevance similarity summarize title translate type"
    assert " ".join(sorted(line.split()[0] for line in lines)) == names


def test_show_renders_a_prompt_in_either_language(tmp_path: Path) -> None:
    assert "权利要求书：" in taibao("tasks", "show", "claims", "--lang", "zh", home=tmp_path).stdout.decode()
    shown = taibao("tasks", "show", "type", home=tmp_path).stdout.decode()
    assert "labels: invention (invention), utility model (utility model), design (design)" in shown
    assert "Which type of patent is this?" in shown


def test_new_writes_a_file_that_passes_check_and_is_listed(tmp_path: Path) -> None:
    path = taibao("tasks", "new", "problem", home=tmp_path).stdout.decode().strip()
    checked = taibao("tasks", "check", path, home=tmp_path)
    assert (checked.returncode, checked.stderr.decode()) == (0, f"taibao: {path}: ok\n")
    assert "用一句话说明这份专利解决的技术问题：" in checked.stdout.decode()
    assert "the technical problem this patent solves:" in checked.stdout.decode()
    listed = taibao("tasks", "list", home=tmp_path).stdout.decode()
    assert any(line.split()[:2] == ["problem", "*"] for line in listed.splitlines())
    again = taibao("tasks", "new", "problem", home=tmp_path)
    assert (again.returncode, again.stderr) == (1, b"taibao: there is a task problem already; choose another name\n")


def test_check_names_the_key(tmp_path: Path) -> None:
    (tmp_path / "bad.toml").write_text('name = "bad"\nkind = "poem"\n')
    done = taibao("tasks", "check", "bad.toml", home=tmp_path)
    assert (done.returncode, done.stdout) == (4, b"")
    assert done.stderr == b"taibao: bad.toml: kind: expected one of text, labels, number, json\n"


def test_a_broken_file_of_the_user_is_named_and_stops_nothing_else(tmp_path: Path) -> None:
    made = Path(taibao("tasks", "new", "problem", home=tmp_path).stdout.decode().strip())
    (made.parent / "broken.toml").write_text('name = "broken"\nkind = "poem"\n')
    listed = taibao("tasks", "list", home=tmp_path)
    assert listed.returncode == 0
    assert b"broken.toml: kind: expected one of text, labels, number, json" in listed.stderr
    assert b"problem" in listed.stdout
    assert taibao("tasks", "show", "title", home=tmp_path).returncode == 0
    missing = taibao("tasks", "show", "broken", home=tmp_path)
    assert missing.returncode != 0
    assert b"broken.toml: kind" in missing.stderr


def test_two_files_with_one_name_are_named(tmp_path: Path) -> None:
    made = Path(taibao("tasks", "new", "problem", home=tmp_path).stdout.decode().strip())
    (made.parent / "twin.toml").write_text(made.read_text(encoding="utf-8"), encoding="utf-8")
    assert b"another file of this folder already defines problem" in taibao("tasks", "list", home=tmp_path).stderr
