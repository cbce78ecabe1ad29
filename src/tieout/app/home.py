"""The folder of an installation and the key in it. Nothing here knows Django, so that settings can stand on it."""
from __future__ import annotations

import base64
import os
import secrets
import sys
from pathlib import Path

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from tieout.app.stop import NEEDS_A_PERSON, Stop

KEY_BYTES = 32


def default_home() -> Path:
    """Under the user's data directory, as each operating system has it."""
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Application Support" / "tieout"
    if os.name == "nt":
        return Path(os.environ.get("LOCALAPPDATA") or Path.home() / "AppData" / "Local") / "tieout"
    return Path(os.environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share") / "tieout"


def made_home(named: str | None, said_in: str = "TIEOUT_HOME") -> Path:
    """TIEOUT_HOME, made readable by its owner only when it is new. `said_in` is where a person names another."""
    home = Path(named).expanduser().absolute() if named else default_home()
    try:
        home.mkdir(mode=0o700, parents=True, exist_ok=True)
    except (FileExistsError, NotADirectoryError) as refused:
        raise Stop(f"{home} cannot be the folder: it, or what it lies in, is a file. Name a folder "
                   f"{_there(said_in)}.") from refused
    except OSError as refused:
        raise Stop(f"The folder {home} cannot be made: {refused.strerror}. "
                   f"Name another {_there(said_in)}, or give this user the right to it.") from refused
    if not os.access(home, os.R_OK | os.W_OK | os.X_OK):
        raise Stop(f"The folder {home} cannot be written by this user. Name another {_there(said_in)}.")
    return home


def _there(said_in: str) -> str:
    return f"{'with' if said_in.startswith('--') else 'in'} {said_in}"


def root_key(file: Path) -> bytes:
    """The installation's one secret, from its file; made at first start, readable by its owner only."""
    try:
        text = file.read_text(encoding="ascii").strip()
    except FileNotFoundError:
        text = _made_key(file)
    except (OSError, UnicodeDecodeError) as refused:
        why = getattr(refused, "strerror", None) or "it is not text"
        raise Stop(f"The key file {file} cannot be read: {why}. "
                   "Give this user the right to read it, or name the right file in TIEOUT_SECRET_KEY_FILE.",
                   NEEDS_A_PERSON) from refused
    try:
        key = base64.urlsafe_b64decode(text)
    except ValueError:
        key = b""
    if len(key) != KEY_BYTES:
        raise Stop(f"The key file {file} does not hold a key ({KEY_BYTES} bytes, base64). Put back the file that was "
                   "made with this installation; without it the stored connections cannot be opened.", NEEDS_A_PERSON)
    return key


def _made_key(file: Path) -> str:
    """Written aside and linked into place, so that of two processes that start together one key wins, whole."""
    text = base64.urlsafe_b64encode(secrets.token_bytes(KEY_BYTES)).decode("ascii")
    aside = file.with_name(f".{file.name}.{secrets.token_hex(6)}")
    try:
        with os.fdopen(os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as out:
            out.write(text + "\n")
            out.flush()
            os.fsync(out.fileno())
        try:
            os.link(aside, file)
        except FileExistsError:
            return file.read_text(encoding="ascii").strip()
        except OSError:                                      # a file system without hard links
            aside.replace(file)
    except OSError as refused:
        raise Stop(f"The key file {file} cannot be made: {refused.strerror}. Make its folder writable for this user, "
                   "or name another place in TIEOUT_SECRET_KEY_FILE.", NEEDS_A_PERSON) from refused
    finally:
        aside.unlink(missing_ok=True)
    return text


def derived(root: bytes, purpose: str) -> bytes:
    """A key for one purpose, so that no two uses share one."""
    return HKDF(algorithm=SHA256(), length=KEY_BYTES, salt=None, info=f"tieout {purpose}".encode()).derive(root)
