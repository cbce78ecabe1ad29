#!/usr/bin/env python3
"""Sets tieout up and runs it. Needs git and Python 3.11 or 3.12 only: what is imported here is the standard library.

    python3 run.py setup        make .venv from the hashed lock (every other command does this first when it is needed)
    python3 run.py demo         the practice company, end to end                      (tieout demo ...)
    python3 run.py serve        everything in one process group                       (tieout serve ...)
    python3 run.py test         every test on SQLite, the database tests again on PostgreSQL, the browser tests
    python3 run.py lint         ruff, mypy and the one-way rule
    python3 run.py bench        benchmarks                                            (python -m benchmarks ...)
    python3 run.py simulation   the seeded town: --seeds N                            (python -m tests.simulation ...)
    python3 run.py fuzz         nonsense to both stand-ins: --seconds N           (python -m tests.sandbox.fuzz ...)
    python3 run.py lock         work the lock files out afresh from pyproject.toml

Further arguments go to the command. `test` with arguments hands them to pytest and runs on SQLite only; add --both for
PostgreSQL too. Exit status: 0 success, 1 something failed, 2 wrong use.
"""
import contextlib
import hashlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
import xml.etree.ElementTree
from pathlib import Path

ROOT = Path(__file__).resolve().parent
TOOLS = ROOT / ".tools"
VENV = ROOT / ".venv"
STAMP = VENV / "tieout-stamp.json"
WINDOWS = os.name == "nt"
BIN = "Scripts" if WINDOWS else "bin"
EXE = ".exe" if WINDOWS else ""
CHROMIUM = os.environ.get("TIEOUT_CHROMIUM", "/usr/bin/chromium")
APT_CHROMIUM = "apt-get update && apt-get install -y --no-install-recommends chromium"

UV_LOCK = ROOT / "requirements-uv.lock.txt"
LOCKS = {"runtime": ROOT / "requirements.lock.txt", "dev": ROOT / "requirements-dev.lock.txt"}
STRICT = ["core", "ports.py", "engine", "adapters"]
CHECKED = ["app", "sandbox"]


class Stop(Exception):
    """Ends the run with words for the person at the terminal."""

    def __init__(self, words, status=1):
        super().__init__(words)
        self.status = status


def say(words):
    print(words, file=sys.stderr, flush=True)


# --- the environment -------------------------------------------------------------------------------------------------


def need_python():
    """Runs this file again under a Python that tieout supports, when this one is not."""
    if (3, 11) <= sys.version_info[:2] <= (3, 12):
        return
    for name in ("python3.11", "python3.12"):
        other = shutil.which(name)
        if other:
            command = [other, str(ROOT / "run.py"), *sys.argv[1:]]
            if WINDOWS:
                sys.exit(subprocess.call(command))
            os.execv(other, command)
    raise Stop(
        "tieout needs Python 3.11 or 3.12; this is {}.{} and no python3.11 or python3.12 is on the PATH. "
        "Install one of them, then run the same command again.".format(*sys.version_info[:2]), 2)


def quietly(command, doing, **more):
    """Runs a command and keeps its output for the case that it fails."""
    done = subprocess.run([str(x) for x in command], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, cwd=ROOT,
                          encoding="utf-8", errors="replace", check=False, **more)
    if done.returncode:
        hint = ""
        if any(sign in done.stdout.lower() for sign in
               ("resolve host", "name resolution", "connect", "timed out", "network", "dns error", "proxy")):
            hint = ("\nThe package index could not be reached. Check the network, or name your mirror in PIP_INDEX_URL "
                    "or your proxy in HTTPS_PROXY, and run the same command again; nothing is left half-done.")
        raise Stop(f"{doing} failed:\n{done.stdout.strip()}{hint}")
    return done.stdout


def digest(*files):
    total = hashlib.sha256(sys.version.encode())
    for file in files:
        if not file.exists():
            raise Stop(f"{file.name} is missing from {ROOT}. Restore it with: git checkout -- {file.name}")
        total.update(file.read_bytes())
    return total.hexdigest()


@contextlib.contextmanager
def one_at_a_time():
    """Two runs in one checkout do not set it up over each other."""
    TOOLS.mkdir(exist_ok=True)
    with open(TOOLS / "lock", "w", encoding="utf-8") as held:
        try:
            import fcntl
        except ImportError:                                  # Windows
            yield
            return
        fcntl.flock(held, fcntl.LOCK_EX)
        yield


def make_venv(where):
    try:
        import ensurepip  # noqa: F401  (Debian ships Python without it)
    except ImportError:
        raise Stop("This Python cannot make environments: its venv package is missing. "
                   "On Debian and Ubuntu: apt-get install python3-venv", 2) from None
    shutil.rmtree(where, ignore_errors=True)
    quietly([sys.executable, "-m", "venv", where], f"Making {where.name}")


def uv_environment():
    """uv does not read pip's settings, so a mirror or a certificate bundle named for pip is handed on."""
    env = dict(os.environ)
    for theirs, ours in (("UV_DEFAULT_INDEX", "PIP_INDEX_URL"), ("SSL_CERT_FILE", "PIP_CERT")):
        if os.environ.get(ours):
            env.setdefault(theirs, os.environ[ours])
    env.pop("VIRTUAL_ENV", None)
    if not os.access(os.path.expanduser("~"), os.W_OK):
        env.setdefault("UV_CACHE_DIR", str(TOOLS / "uv-cache"))
    env.setdefault("UV_SYSTEM_CERTS", "1")                    # where a company's own certificate authority stands
    return env


def uv():
    """The pinned uv, beside this file in .tools; its own lock is hashed too."""
    home, mark = TOOLS / "uv", TOOLS / "uv-stamp"
    program, wanted = home / BIN / ("uv" + EXE), digest(UV_LOCK)
    if not (program.exists() and mark.exists() and mark.read_text() == wanted):
        say("Fetching the installer (uv) ...")
        make_venv(home)
        quietly([home / BIN / ("python" + EXE), "-m", "pip", "install", "--quiet", "--disable-pip-version-check",
                 "--require-hashes", "--only-binary", ":all:", "-r", UV_LOCK], "Fetching uv")
        mark.write_text(wanted)
    return program


def read_stamp():
    try:
        return json.loads(STAMP.read_text())
    except (OSError, ValueError):
        return {}


def python():
    return VENV / BIN / ("python" + EXE)


def setup(level):
    """Makes .venv hold what `level` needs ("runtime" or "dev"); does nothing when it already does."""
    def ready():
        stamp = read_stamp()
        have = stamp.get("level")
        return python().exists() and have in LOCKS and (have == "dev" or level == "runtime") and \
            stamp.get("digest") == digest(LOCKS[have], ROOT / "pyproject.toml")

    if ready():
        return
    with one_at_a_time():
        if ready():
            return
        stamp = read_stamp()
        had = stamp.get("level")
        want = "dev" if "dev" in (level, had) else "runtime"
        installer, env = uv(), uv_environment()
        if STAMP.exists():
            STAMP.unlink()
        if not python().exists() or stamp.get("python") != sys.version:
            make_venv(VENV)
        say("Installing the packages in {} ...".format(LOCKS[want].name))
        quietly([installer, "pip", "sync", "--quiet", "--python", python(), "--require-hashes", LOCKS[want]],
                "Installing the packages", env=env)
        quietly([installer, "pip", "install", "--quiet", "--python", python(), "--no-deps", "--no-build-isolation",
                 "--no-index", "--editable", ROOT], "Installing tieout itself", env=env)
        STAMP.write_text(json.dumps({"level": want, "python": sys.version,
                                     "digest": digest(LOCKS[want], ROOT / "pyproject.toml")}))


def lock(arguments):
    """Works the lock files out afresh. They hold names, versions and hashes, and no address of any index."""
    installer, env = uv(), uv_environment()
    common = ["--quiet", "--generate-hashes", "--no-emit-index-url", "--no-header", "--universal",
              "--python-version", "3.11", *arguments]
    quietly([installer, "pip", "compile", "requirements-uv.txt", *common, "-o", UV_LOCK.name], "Locking uv", env=env)
    quietly([installer, "pip", "compile", "pyproject.toml", "--group", "build", *common, "-o", LOCKS["runtime"].name],
            "Locking what tieout runs on", env=env)
    quietly([installer, "pip", "compile", "pyproject.toml", "--group", "build", "--group", "dev",
             "-c", LOCKS["runtime"].name, *common, "-o", LOCKS["dev"].name], "Locking what tests need", env=env)
    for file in (UV_LOCK, *LOCKS.values()):
        if "://" in file.read_text():
            raise Stop(f"{file.name} now holds an address; a lock names packages and hashes only.")
    say("Locked. Further arguments, such as --upgrade or --upgrade-package NAME, go to uv pip compile.")
    return 0


# --- the commands ----------------------------------------------------------------------------------------------------


def child_environment(**more):
    """The environment's programs come first on the PATH; Python writes what it says at once."""
    env = dict(os.environ, PYTHONUNBUFFERED="1", **more)
    env["PATH"] = str(VENV / BIN) + os.pathsep + env.get("PATH", "")
    env.pop("VIRTUAL_ENV", None)
    return env


def call(command, folder=ROOT, **env):
    """Runs a command in the terminal's own streams. Ctrl-C reaches the child too, and it says its own goodbye first."""
    interrupted = False
    with subprocess.Popen([str(x) for x in command], cwd=folder, env=child_environment(**env)) as child:
        while True:
            try:
                status = child.wait()
                break
            except KeyboardInterrupt:
                interrupted = True
    if interrupted and status:
        raise KeyboardInterrupt
    return status


def tieout(*arguments):
    setup("runtime")
    command = [VENV / BIN / ("tieout" + EXE), *arguments]
    if WINDOWS:
        return call(command, folder=None)                    # file names on the command line mean the caller's folder
    sys.stdout.flush()
    # This process becomes the product's, so that whoever ends it ends the product and leaves nothing running.
    os.execve(command[0], [str(x) for x in command], child_environment())


def module(name, arguments):
    setup("dev")
    return call([python(), "-m", name, *arguments])


def lint(arguments):
    """Every checker runs, also after one has failed; `lint ruff` runs one of them."""
    source = ROOT / "src" / "tieout"
    present = {group: [str(source / part) for part in parts if (source / part).exists()]
               for group, parts in (("strict", STRICT), ("checked", CHECKED))}
    checks = {
        "ruff": [python(), "-m", "ruff", "check", "."],
        "mypy-strict": [python(), "-m", "mypy", "--strict", *present["strict"]],
        "mypy": [python(), "-m", "mypy", *present["checked"]],
        "imports": [VENV / BIN / ("lint-imports" + EXE)],
    }
    unknown = set(arguments) - set(checks)
    if unknown:
        raise Stop("lint knows {}; not {}".format(", ".join(checks), ", ".join(sorted(unknown))), 2)
    setup("dev")
    failed = []
    with tempfile.TemporaryDirectory(prefix="tieout-lint-") as home:     # mypy's Django plugin reads the settings
        for name in arguments or checks:
            say(f"-- {name}")
            if call(checks[name], TIEOUT_HOME=home, TIEOUT_DATABASE_URL=""):
                failed.append(name)
    print("lint: {}".format("failed: " + ", ".join(failed) if failed else "clean"), flush=True)
    return 1 if failed else 0


# --- the tests -------------------------------------------------------------------------------------------------------


def ensure_chromium():
    """Installs Debian's Chromium where we may; elsewhere says how, and the browser tests skip with that reason."""
    if os.path.exists(CHROMIUM):
        return
    root = not WINDOWS and os.geteuid() == 0
    if shutil.which("apt-get") and "TIEOUT_CHROMIUM" not in os.environ:
        sudo = [] if root else ["sudo", "-n"]
        may = root or (shutil.which("sudo") and subprocess.call(["sudo", "-n", "true"], stderr=subprocess.DEVNULL) == 0)
        if may:
            say("Installing Chromium from Debian's packages, for the browser tests ...")
            env = dict(os.environ, DEBIAN_FRONTEND="noninteractive")
            for step in (["update", "-q"], ["install", "-y", "-q", "--no-install-recommends", "chromium"]):
                done = subprocess.run([*sudo, "apt-get", *step], stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                                      env=env, encoding="utf-8", errors="replace", check=False)
            if done.returncode == 0 and os.path.exists(CHROMIUM):
                return
            say(done.stdout.strip()[-2000:])
    say(f"{CHROMIUM} is not installed, so the browser tests cannot run. As root: {APT_CHROMIUM}\n"
        "(or name another Chromium in TIEOUT_CHROMIUM)")


def ensure_clients():
    """Fetches the npm clients that the tests run, by their lock; where that can't be done, their tests skip."""
    wanted, home = ROOT / "tests" / "clients" / "javascript", TOOLS / "clients"
    lock_file = home / "package-lock.json"
    npm = shutil.which("npm")
    if npm is None or (lock_file.exists() and lock_file.read_bytes() == (wanted / "package-lock.json").read_bytes()):
        return
    with one_at_a_time():
        say("Fetching the JavaScript clients that the tests run ...")
        shutil.rmtree(home, ignore_errors=True)
        home.mkdir(parents=True)
        shutil.copy(wanted / "package.json", home)
        shutil.copy(wanted / "package-lock.json", home)
        try:
            quietly([npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--prefix", home], "Fetching them")
        except Stop as stop:
            lock_file.unlink()
            say(f"{stop}\nThe tests that need them will skip.")


def set_up_for_tests():
    setup("dev")
    ensure_clients()


def counted(report):
    """Passed, failed and skipped of one pytest run, from its JUnit report; None when it wrote none."""
    if not report.exists():
        return None
    suites = list(xml.etree.ElementTree.parse(report).getroot().iter("testsuite"))
    total = {key: sum(int(suite.get(key, "0")) for suite in suites)
             for key in ("tests", "failures", "errors", "skipped")}
    failed = total["failures"] + total["errors"]
    return total["tests"] - failed - total["skipped"], failed, total["skipped"]


def pytest(arguments, report, on_postgres=False):
    command = [python(), "-m", "pytest", *arguments, f"--junit-xml={report}"]
    if on_postgres:
        command = [python(), "-m", "tests.postgres", "--", *command, "-m", "database"]
    say("-- tests on {}".format("PostgreSQL: those that touch a database" if on_postgres else "SQLite"))
    env = {} if on_postgres else {"TIEOUT_DATABASE_URL": ""}
    return call(command, **env)


def test(arguments):
    both = not arguments or "--both" in arguments
    chosen = [x for x in arguments if x != "--both"]
    set_up_for_tests()
    ensure_chromium()
    parallel = [] if any(x.startswith("-n") or x == "--pdb" for x in chosen) else ["-n", "2", "--dist", "loadfile"]
    status, sums = 0, [0, 0, 0]
    with tempfile.TemporaryDirectory(prefix="tieout-test-") as folder:
        for on_postgres in ([False, True] if both else [False]):
            report = Path(folder) / f"report-{int(on_postgres)}.xml"
            code = pytest([*parallel, *chosen], report, on_postgres)
            counts = counted(report)
            nothing_to_run = code == 5 and on_postgres       # a choice of tests that holds none for a database
            if code and not nothing_to_run:
                status = 1 if code != 4 else 2
            if counts is None:                               # it never got as far as a report
                say("The tests on {} did not run.".format("PostgreSQL" if on_postgres else "SQLite"))
                status, counts = status or 1, (0, 1, 0)
            sums = [a + b for a, b in zip(sums, counts)]
    if not sum(sums[:2]):
        say("No test ran.")
        status = status or 1
    print("{} passed, {} failed, {} skipped".format(*sums), flush=True)
    return status


def main(arguments):
    if not arguments or arguments[0] in ("-h", "--help", "help"):
        print(__doc__.strip())
        return 0 if arguments else 2
    name, rest = arguments[0], arguments[1:]
    commands = {
        "setup": lambda: setup("runtime") if rest == ["--runtime"] else set_up_for_tests(),
        "demo": lambda: tieout("demo", *rest),
        "serve": lambda: tieout("serve", *rest),
        "test": lambda: test(rest),
        "lint": lambda: lint(rest),
        "bench": lambda: module("benchmarks", rest),
        "simulation": lambda: module("tests.simulation", rest),
        "fuzz": lambda: module("tests.sandbox.fuzz", rest),
        "lock": lambda: lock(rest),
    }
    if name not in commands:
        raise Stop("run.py has no command {!r}. It has: {}".format(name, ", ".join(commands)), 2)
    if name == "setup" and rest not in ([], ["--runtime"]):
        raise Stop("setup takes no argument but --runtime (leave out what only the tests need).", 2)
    need_python()
    return commands[name]() or 0


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except Stop as stop:
        say(f"run.py: {stop}")
        sys.exit(stop.status)
    except KeyboardInterrupt:
        sys.exit(130)
