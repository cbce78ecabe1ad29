"""An installation starts from nothing, and what is wrong with it is one clear sentence with the fix."""
import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from tieout.app.home import KEY_BYTES, derived, made_home, root_key
from tieout.app.logs import logging_table, without_secrets
from tieout.app.stop import Stop

AS_ROOT = hasattr(os, "geteuid") and os.geteuid() == 0


def tieout(environment: dict[str, str], *arguments: str, program: str = "") -> "subprocess.CompletedProcess[str]":
    started = ["-c", program] if program else ["-m", "tieout.app.cli.main", *arguments]
    return subprocess.run([sys.executable, *started], env=environment, capture_output=True, text=True, check=False,
                          timeout=120, stdin=subprocess.DEVNULL)


def test_a_new_installation_makes_its_folder_and_key_for_its_owner_only(tmp_path: Path):
    home = made_home(str(tmp_path / "a" / "home"))
    key = root_key(home / "secret.key")
    assert stat.S_IMODE(home.stat().st_mode) == 0o700
    assert stat.S_IMODE((home / "secret.key").stat().st_mode) == 0o600
    assert len(key) == KEY_BYTES
    assert root_key(home / "secret.key") == key
    assert [file.name for file in home.iterdir()] == ["secret.key"]


def test_each_purpose_has_a_key_of_its_own():
    root = bytes(32)
    assert len({root, derived(root, "envelopes"), derived(root, "django")}) == 3
    assert derived(root, "django") == derived(root, "django")


def test_processes_that_start_together_agree_on_one_key(tmp_path: Path):
    program = ("import sys; from pathlib import Path; from tieout.app.home import root_key;"
               "print(root_key(Path(sys.argv[1])).hex())")
    started = [subprocess.Popen([sys.executable, "-c", program, str(tmp_path / "secret.key")], stdout=subprocess.PIPE)
               for _ in range(6)]
    assert len({process.communicate(timeout=60)[0] for process in started}) == 1


@pytest.mark.parametrize("content", [b"", b"short\n", b"\xff\xfe not text", b"A" * 43])
def test_a_damaged_key_file_is_named_and_left_as_it_is(tmp_path: Path, content: bytes):
    file = tmp_path / "secret.key"
    file.write_bytes(content)
    with pytest.raises(Stop, match=r"secret\.key") as stop:
        root_key(file)
    assert stop.value.status == 1
    assert file.read_bytes() == content


@pytest.mark.skipif(AS_ROOT, reason="the superuser may read every file")
def test_an_unreadable_key_file_is_named(tmp_path: Path):
    file = tmp_path / "secret.key"
    file.write_text("x")
    file.chmod(0)
    with pytest.raises(Stop, match="cannot be read: Permission denied"):
        root_key(file)


def test_a_key_file_in_a_folder_that_is_not_there_is_named(tmp_path: Path):
    with pytest.raises(Stop, match="cannot be made: No such file"):
        root_key(tmp_path / "nowhere" / "secret.key")


@pytest.mark.parametrize(("name", "value", "said"), [
    ("TIEOUT_DATABASE_URL", "mysql://a/b", "TIEOUT_DATABASE_URL begins with “mysql”"),
    ("TIEOUT_DATABASE_URL", "postgresql://host", "names no database"),
    ("TIEOUT_DATABASE_URL", "postgresql://host:port/db", "TIEOUT_DATABASE_URL is not an address"),
    ("TIEOUT_BASE_URL", "tieout.example.com", "TIEOUT_BASE_URL is “tieout.example.com”"),
    ("TIEOUT_LOG", "xml", "TIEOUT_LOG is “xml”; it can be text or json."),
    ("TIEOUT_HOME", "/proc/nothing/here", "cannot be made"),
    ("TIEOUT_TURN_EVERY_S", "often", "TIEOUT_TURN_EVERY_S is “often”"),
])
def test_a_wrong_variable_is_named_and_exit_2(fresh_installation: dict[str, str], name: str, value: str, said: str):
    done = tieout(fresh_installation | {name: value}, "user", "list")
    assert (done.returncode, done.stdout) == (2, "")
    assert said in done.stderr
    assert "Traceback" not in done.stderr


def test_a_database_server_that_does_not_answer_is_one_sentence_and_exit_1(fresh_installation: dict[str, str]):
    url = "postgresql://tieout:hush@127.0.0.1:9/tieout"
    done = tieout(fresh_installation | {"TIEOUT_DATABASE_URL": url}, "user", "list")
    assert (done.returncode, done.stdout) == (1, "")
    assert "The database tieout at 127.0.0.1:9 does not answer" in done.stderr
    assert "hush" not in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1


def on_sqlite(environment: dict[str, str]) -> dict[str, str]:
    return {key: value for key, value in environment.items() if key != "TIEOUT_DATABASE_URL"}


def test_a_damaged_database_file_is_named_and_left_as_it_is(fresh_installation: dict[str, str]):
    file = Path(fresh_installation["TIEOUT_HOME"]) / "tieout.sqlite3"
    file.write_bytes(b"this is no database" * 1000)
    done = tieout(on_sqlite(fresh_installation), "problems")
    assert (done.returncode, done.stdout) == (1, "")
    assert f"The database file {file} is damaged" in done.stderr
    assert "Put back a backup" in done.stderr
    assert file.read_bytes() == b"this is no database" * 1000


def test_a_database_file_damaged_in_its_middle_is_found_by_the_doctor(fresh_installation: dict[str, str]):
    environment = on_sqlite(fresh_installation)
    assert tieout(environment, "user", "list").returncode == 0
    file = Path(environment["TIEOUT_HOME"]) / "tieout.sqlite3"
    content = bytearray(file.read_bytes())
    content[8192:len(content) // 2] = b"\x5a" * (len(content) // 2 - 8192)
    file.write_bytes(content)
    done = tieout(environment, "doctor")
    assert done.returncode == 1
    assert "is damaged" in done.stderr


def test_processes_that_start_together_make_the_tables_once(fresh_installation: dict[str, str]):
    started = [subprocess.Popen([sys.executable, "-m", "tieout.app.cli.main", "user", "list"], env=fresh_installation,
                                stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) for _ in range(3)]
    ended = [(process.communicate(timeout=120), process.returncode) for process in started]
    assert [status for _, status in ended] == [0, 0, 0], ended


def test_a_database_of_a_newer_release_is_not_touched(fresh_installation: dict[str, str]):
    made = ("from tieout.app.database import bring_up; bring_up()\n"
            "from django.db.migrations.recorder import MigrationRecorder as R; from django.db import connection\n"
            "R(connection).record_applied('store', '9999_from_the_future')")
    assert tieout(fresh_installation, program=made).returncode == 0
    done = tieout(fresh_installation, "user", "list")
    assert done.returncode == 1
    assert "made by a newer release of tieout (store 9999_from_the_future)" in done.stderr


def test_sqlite_keeps_every_commit_and_writers_wait_for_each_other(fresh_installation: dict[str, str]):
    asked = ("from tieout.app.database import bring_up; bring_up()\n"
             "from django.db import connection; from django.conf import settings\n"
             "cursor = connection.cursor()\n"
             "for name in ('journal_mode', 'synchronous', 'busy_timeout'):\n"
             "    print(cursor.execute(f'PRAGMA {name}').fetchone()[0])\n"
             "print(connection.transaction_mode)")
    done = tieout(on_sqlite(fresh_installation), program=asked)
    assert done.stdout.split() == ["wal", "2", "30000", "IMMEDIATE"], done.stderr


def test_reading_the_settings_touches_no_database(fresh_installation: dict[str, str]):
    asked = "from tieout.app import settings; print(settings.DATABASES['default']['ENGINE'])"
    done = tieout(fresh_installation, program=asked)
    assert done.returncode == 0, done.stderr
    assert sorted(file.name for file in Path(fresh_installation["TIEOUT_HOME"]).iterdir()) == ["secret.key"]


def test_the_models_have_their_migrations(fresh_installation: dict[str, str]):
    asked = ("from tieout.app.database import bring_up; bring_up()\n"
             "from django.core.management import call_command\n"
             "call_command('makemigrations', check=True, dry_run=True)")
    done = tieout(fresh_installation, program=asked)
    assert done.returncode == 0, done.stdout + done.stderr


def test_I11_no_secret_reaches_a_log():
    event = without_secrets(None, "", {
        "event": "POST token answered; Authorization: Bearer abcdefgh.ijkl refresh_token=abc&x=1 "
                 "\"client_secret\": \"hush\"",
        "client_secret": "hush", "Access_Token": "hush", "pair": "maple", "n": 3})
    said = str(event)
    assert "hush" not in said
    assert "abcdefgh" not in said
    assert "refresh_token=[secret]&x=1" in event["event"]
    assert (event["pair"], event["n"]) == ("maple", 3)


def test_a_log_form_is_text_or_json():
    assert logging_table("json")["formatters"]
    with pytest.raises(Stop):
        logging_table("yaml")
