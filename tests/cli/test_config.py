"""What is set once and for all, and what wins."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.shell import Done, environment, taibao

TOML = """
ctx = 700
temperature = 1
model = "builtin"

[profile.short]
max-tokens = 3
ctx = 900
"""


def write(home: Path, text: str) -> None:
    folder = home / "config"
    (folder / "taibao").mkdir(parents=True, exist_ok=True)
    (folder / "taibao" / "config.toml").write_text(text, "utf-8")


def run(home: Path, *args: str, **extra: str) -> Done:
    return taibao(*args, home=home, XDG_CONFIG_HOME=str(home / "config"), **extra)


def origins(home: Path, *args: str, **extra: str) -> dict[str, str]:
    lines = run(home, *args, "config", "show", "--origin", **extra).stdout.decode().splitlines()
    return {line.split()[0]: " ".join(line.split()[1:]) for line in lines}


def test_variables_win_over_the_profile_and_that_over_the_top_of_the_file(tmp_path: Path) -> None:
    write(tmp_path, TOML)
    file = tmp_path / "config/taibao/config.toml"
    found = origins(tmp_path, "--profile", "short", TAIBAO_MAX_TOKENS="7")
    assert found["ctx"] == f"900 (profile short in {file})"
    assert found["max-tokens"] == "7 (TAIBAO_MAX_TOKENS)"
    assert found["temperature"] == f"1.0 ({file})"
    assert found["seed"] == "0 (default)"
    assert found["lang"] == "en (LANG)"
    assert origins(tmp_path, TAIBAO_PROFILE="short") == {**found, "max-tokens": f"3 (profile short in {file})"}
    assert origins(tmp_path)["max-tokens"] == "– (default)"


def test_settings_reach_commands_and_flags_win(tmp_path: Path) -> None:
    write(tmp_path, TOML.replace('model = "builtin"', ""))
    assert run(tmp_path, "--profile", "short", "chat", "hello").stdout == b"echo:\n"
    assert run(tmp_path, "--profile=short", "chat", "hello", "--max-tokens", "50").stdout == b"echo: hello\n"
    assert run(tmp_path, "chat", "hello", TAIBAO_MAX_TOKENS="3").stdout == b"echo:\n"
    too_long = run(tmp_path, "chat", "x" * 1500)
    assert b"over the context of 700" in too_long.stderr


def test_the_language_is_a_setting_too(tmp_path: Path) -> None:
    write(tmp_path, 'lang = "zh"')
    assert "默认".encode() in run(tmp_path, "config", "show", "--origin").stdout
    assert b"default" in run(tmp_path, "--lang", "en", "config", "show", "--origin").stdout
    assert b"default" in run(tmp_path, "config", "show", "--origin", TAIBAO_LANG="en").stdout


def test_what_is_set_for_model_files_does_not_reach_a_server(tmp_path: Path) -> None:
    write(tmp_path, 'threads = 3\ngpu-layers = 2\nmodel = "mine"\n')
    done = run(tmp_path, "chat", "x", "--base-url", "http://127.0.0.1:9/v1")
    assert b"does not go with --base-url" not in done.stderr
    assert b"127.0.0.1:9" in done.stderr
    given = run(tmp_path, "chat", "x", "--base-url", "http://127.0.0.1:9/v1", "--threads", "3")
    assert b"--threads is for a model file" in given.stderr


@pytest.mark.parametrize(
    ("toml", "words"),
    [
        ("colour = 3", "nothing is called colour; known: lang, model, ctx"),
        ("thread = 3", "nothing is called thread; did you mean threads"),
        ("ctx = true", "ctx is True; it takes a value of type int"),
        ('ctx = "x"', "ctx is 'x'; it takes a value of type int"),
        ("ctx = ", "no TOML: "),
        ("[profile.a]\nseed = 1.5", "profile a in "),
        ('lang = "fr"', "lang is 'fr'; it is zh or en"),
    ],
)
def test_what_cannot_be_is_named(tmp_path: Path, toml: str, words: str) -> None:
    write(tmp_path, toml)
    done = run(tmp_path, "--profile", "a", "config", "show") if "profile" in toml else run(tmp_path, "config", "show")
    assert done.returncode == 2
    assert words in done.stderr.decode()
    assert done.stderr.decode().count("\n") == 1


@pytest.mark.parametrize(
    ("toml", "words"),
    [
        ("ctx = -5", "ctx cannot be that: -5 is not in the range"),
        ("gpu-layers = -2", "gpu-layers cannot be that: -2 is not in the range"),
    ],
)
def test_a_value_out_of_range_was_blamed_on_a_flag_that_nobody_gave(tmp_path: Path, toml: str, words: str) -> None:
    write(tmp_path, toml)
    done = run(tmp_path, "chat", "x")
    assert done.returncode == 2
    assert done.stderr.decode().startswith(f"taibao: {tmp_path / 'config/taibao/config.toml'}: {words}")
    assert b"Invalid value for '--ctx'" in run(tmp_path, "chat", "x", "--ctx", "-5").stderr
    write(tmp_path, "")
    assert run(tmp_path, "chat", "x", TAIBAO_CTX="-5").stderr.startswith(b"taibao: TAIBAO_CTX: ctx cannot be that: -5")


def test_other_mistakes(tmp_path: Path) -> None:
    assert b"no profile fast; it has none" in run(tmp_path, "--profile", "fast", "config", "show").stderr
    wrong = run(tmp_path, "config", "show", TAIBAO_CTX="many")
    assert (wrong.returncode, wrong.stderr) == (2, b"taibao: TAIBAO_CTX is 'many'; set it to a value of type int\n")
    assert environment(tmp_path)["TAIBAO_ENGINE"] == "fake"
    assert run(tmp_path, "config", "path").stdout.decode().splitlines()[0].endswith("config/taibao/config.toml")


def test_the_origin_of_a_profile_was_english_in_chinese(tmp_path: Path) -> None:
    write(tmp_path, TOML)
    found = origins(tmp_path, "--lang", "zh", "--profile", "short")
    assert found["ctx"] == f"900 (方案 short，{tmp_path / 'config/taibao/config.toml'})"
    assert found["seed"] == "0 (默认)"


def test_the_origin_of_the_language_was_always_lang(tmp_path: Path) -> None:
    assert origins(tmp_path, "--lang", "zh")["lang"] == "zh (--lang)"
    assert origins(tmp_path, LC_ALL="zh_CN.UTF-8")["lang"] == "zh (LC_ALL)"
    write(tmp_path, 'lang = "zh"')
    assert origins(tmp_path, "--lang", "en")["lang"] == "en (--lang)"
    assert origins(tmp_path)["lang"] == f"zh ({tmp_path / 'config/taibao/config.toml'})"
