#!/usr/bin/env python3
"""Sets Caravan up and runs it, from a bare clone, with nothing but some Python.

    python3 dev.py demo          the main job: what reopening two railways does to trade
    python3 dev.py test          lint, formatting, types and tests
    python3 dev.py check         lint, formatting and types only
    python3 dev.py run ARGS...   the caravan command, e.g. python3 dev.py run cases

The first call finds a Python 3.12 to 3.14, makes .venv and installs the locked requirements into it; later calls start at once.
Standard library only, and Python 3.8 can run it.
"""

import glob
import hashlib
import os
import shutil
import subprocess
import sys

ROOT = os.path.dirname(os.path.abspath(__file__))
VENV = os.path.join(ROOT, ".venv")
STAMP = os.path.join(VENV, ".caravan-ready")
BROWSER_LOCK = os.path.join(ROOT, "requirements-browser.lock")
BROWSER_STAMP = os.path.join(VENV, ".caravan-browser-ready")
WINDOWS = os.name == "nt"
VENV_PYTHON = os.path.join(VENV, "Scripts", "python.exe") if WINDOWS else os.path.join(VENV, "bin", "python")

WANTED = ((3, 12), (3, 13), (3, 14))
CHOICE = "CARAVAN_PYTHON"

DEMO = [
    "compare",
    "south-caucasus",
    "--with",
    "reopen-gyumri-kars",
    "--with",
    "reopen-yeraskh-nakhchivan",
    "--seeds",
    "8",
    "--out",
    os.path.join("out", "demo"),
]
CHECKS = [
    ["-m", "ruff", "check", "--output-format", "concise", "."],
    ["-m", "ruff", "format", "--check", "."],
    ["-m", "mypy"],
]
# One worker for the tests in a browser (--dist loadgroup), so that two browsers do not fight for the machine.
TESTS = ["-m", "pytest", "-n", "2", "--dist", "loadgroup", "-q"]


class SetupError(Exception):
    """Something a person has to put right; the text says what and how."""


def version_of(command):
    """(major, minor) of the Python that ``command`` really starts, or None."""
    probe = command + ["-I", "-c", "import sys; print(sys.version_info[0], sys.version_info[1])"]
    try:
        done = subprocess.run(probe, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, timeout=60, check=False)
        numbers = done.stdout.split()
        return (int(numbers[0]), int(numbers[1])) if done.returncode == 0 else None
    except (OSError, ValueError, IndexError, subprocess.SubprocessError):
        return None


def folders_of_pythons():
    """Patterns of the places where version managers and Homebrew keep their Pythons."""
    home = os.path.expanduser("~")
    data = os.environ.get("XDG_DATA_HOME") or os.path.join(home, ".local", "share")
    pyenvs = [os.environ.get("PYENV_ROOT"), os.path.join(home, ".pyenv"), os.path.join(home, ".pyenv", "pyenv-win")]
    uvs = [os.environ.get("UV_PYTHON_INSTALL_DIR"), os.path.join(data, "uv", "python")]
    if WINDOWS and os.environ.get("APPDATA"):
        uvs.append(os.path.join(os.environ["APPDATA"], "uv", "python"))
    tail = "python.exe" if WINDOWS else os.path.join("bin", "python3")
    for minor in [wanted[1] for wanted in WANTED]:
        for root in filter(None, pyenvs):
            yield "pyenv", os.path.join(root, "versions", "3.%d*" % minor, tail)
        for root in filter(None, uvs):
            yield "uv", os.path.join(root, "cpython-3.%d*" % minor, tail)
        for root in ("/opt/homebrew", "/usr/local", "/home/linuxbrew/.linuxbrew"):
            yield "Homebrew", os.path.join(root, "opt", "python@3.%d" % minor, "bin", "python3.%d" % minor)


def candidates():
    """Commands that may start a fitting Python, each with where it comes from, best first."""
    if os.environ.get(CHOICE):
        yield CHOICE, [os.path.expanduser(os.environ[CHOICE])]
        return  # a choice is a choice: nothing else is taken in its stead
    yield "the Python that runs dev.py", [sys.executable]
    for _, minor in WANTED:
        yield "PATH", ["python3.%d" % minor]
    for origin, pattern in folders_of_pythons():
        for path in sorted(glob.glob(pattern), reverse=True):
            yield origin, [path]
    if WINDOWS:
        for _, minor in WANTED:
            yield "the py launcher", ["py", "-3.%d" % minor]


def described(command, version):
    return "%s: %s" % (" ".join(command), "Python %d.%d" % version if version else "does not start")


def ways_out(tried):
    return (
        "Caravan needs Python 3.12, 3.13 or 3.14, with the venv module, and none was found. Tried:\n  "
        + "\n  ".join(tried)
        + "\nWays out:\n"
        "  uv python install 3.12            (uv needs no other Python)\n"
        "  pyenv install 3.12                (Linux, macOS)\n"
        "  brew install python@3.12          (macOS)\n"
        "  apt install python3.12-venv, dnf install python3.12, or the installer for Windows\n"
        "or name one:  %s=/path/to/python3.12 python3 dev.py ..." % CHOICE
    )


def make_environment():
    """A virtual environment in .venv from the first Python that fits and can make one."""
    tried = []
    seen = []
    for origin, command in candidates():
        program = os.path.realpath(shutil.which(command[0]) or command[0])
        if (program, command[1:]) in seen:
            continue
        seen.append((program, command[1:]))
        version = version_of(command)
        note = "%s (%s)" % (described(command, version), origin)
        if version in WANTED:
            shutil.rmtree(VENV, ignore_errors=True)
            done = subprocess.run(
                command + ["-m", "venv", VENV], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False
            )
            if done.returncode == 0:
                return
            shutil.rmtree(VENV, ignore_errors=True)
            note += ", but it cannot make an environment: " + last_line(done.stdout)
        tried.append(note)
    uv = shutil.which("uv")
    if uv and CHOICE not in os.environ:
        asked = [uv, "venv", "--seed", "--python", ">=3.12,<3.15", VENV]
        done = subprocess.run(asked, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
        if done.returncode == 0:
            return
        tried.append("%s: %s" % (" ".join(asked), last_line(done.stdout)))
    raise SetupError(ways_out(tried))


def last_line(output):
    lines = [line.strip() for line in output.decode("utf-8", "replace").splitlines() if line.strip()]
    return lines[-1] if lines else "it gave no reason"


def fingerprint():
    """Changes when the requirements, the project's metadata, this set-up or the place of the clone change."""
    digest = hashlib.sha256(ROOT.encode("utf-8"))
    for name in ("requirements.lock", "pyproject.toml", "dev.py"):
        with open(os.path.join(ROOT, name), "rb") as stream:
            digest.update(stream.read())
    return digest.hexdigest()


def is_ready():
    """Whether .venv was finished for exactly these requirements and its Python still starts."""
    try:
        with open(STAMP, encoding="utf-8") as stream:
            return stream.read() == fingerprint() and os.path.exists(VENV_PYTHON)
    except OSError:
        return False


def has_pip():
    """Whether the environment's Python has pip (an environment that uv made may not)."""
    done = subprocess.run([VENV_PYTHON, "-c", "import pip"], stderr=subprocess.DEVNULL, check=False)
    return done.returncode == 0


def attempt(command):
    """Run ``command`` with its output shown; whether it succeeded."""
    return subprocess.run(command, cwd=ROOT, check=False).returncode == 0


PIP = [VENV_PYTHON, "-m", "pip", "install", "-q", "--disable-pip-version-check"]
UV = [VENV_PYTHON, "-m", "uv", "pip", "install", "--python", VENV_PYTHON]


def install():
    """The locked requirements and the project itself: by uv, which is fast, or by pip where uv cannot."""
    requirements = ["--require-hashes", "-r", os.path.join(ROOT, "requirements.lock")]
    project = ["--no-deps", "--no-build-isolation", "-e", ROOT]
    for tool in ([UV] if attempt(PIP + ["uv"]) else []) + [PIP]:
        if attempt(tool + requirements) and attempt(tool + project):
            return
        say("That did not work with %s." % ("uv; trying pip" if tool is UV else "pip"))
    raise SetupError(
        "The requirements could not be installed; the lines above say why. Is there a network, or an index pip knows?\n"
        "Behind a proxy or with an own index, set it as usual for pip (PIP_INDEX_URL) and uv (UV_DEFAULT_INDEX)."
    )


def say(text):
    sys.stderr.write(text + "\n")
    sys.stderr.flush()


def set_up():
    """Make .venv ready; does nothing when it is."""
    if is_ready():
        return
    say("Setting up .venv (once; a minute or two) ...")
    if os.path.exists(STAMP):
        os.remove(STAMP)
    if version_of([VENV_PYTHON]) not in WANTED or not has_pip():
        if os.path.exists(VENV) and not os.path.exists(os.path.join(VENV, "pyvenv.cfg")):
            raise SetupError("%s is in the way: it is no virtual environment. Move it and try again." % VENV)
        make_environment()
    install()
    with open(STAMP, "w", encoding="utf-8") as stream:
        stream.write(fingerprint())


def set_up_browser_tests():
    """What steers a browser in the tests, which the other tasks need not have; without it these tests are skipped."""
    digest = hashlib.sha256(fingerprint().encode("utf-8"))
    with open(BROWSER_LOCK, "rb") as stream:
        digest.update(stream.read())
    if os.path.exists(BROWSER_STAMP):
        with open(BROWSER_STAMP, encoding="utf-8") as stream:
            if stream.read() == digest.hexdigest():
                return
    requirements = ["--require-hashes", "-r", BROWSER_LOCK]
    if attempt(UV + requirements) or attempt(PIP + requirements):
        with open(BROWSER_STAMP, "w", encoding="utf-8") as stream:
            stream.write(digest.hexdigest())
    else:
        say("That did not work: tests in a browser will be skipped.")


def run(arguments, folder=ROOT):
    """Exit code of the environment's Python with ``arguments``, started in ``folder``."""
    environment = dict(os.environ)
    environment.pop("PYTHONHOME", None)
    environment.pop("PYTHONPATH", None)
    try:
        return subprocess.run([VENV_PYTHON] + arguments, cwd=folder, env=environment, check=False).returncode
    except KeyboardInterrupt:
        return 130


def run_all(steps):
    """All ``steps``, so that one run names every fault; 1 if one failed."""
    failed = []
    for step in steps:
        say("-- " + " ".join(step[1:]))
        code = run(step)
        if code == 130:
            return code
        if code != 0:
            failed.append(step[1])
    if failed:
        say("Failed: " + ", ".join(failed))
    return 1 if failed else 0


def main(arguments):
    """Exit code of one call."""
    task, rest = (arguments[0], arguments[1:]) if arguments else ("", [])
    if task not in ("demo", "test", "check", "run"):
        say((__doc__ or "").strip())
        return 0 if task in ("-h", "--help", "help") else 2
    try:
        set_up()
    except SetupError as error:
        say(str(error))
        return 1
    if task == "demo":
        return run(["-m", "abm"] + DEMO + rest)
    if task == "run":
        return run(["-m", "abm"] + rest, os.getcwd())  # a relative --out is the caller's
    if task == "check":
        return run_all(CHECKS)
    set_up_browser_tests()
    return run_all(CHECKS + [TESTS + rest])


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except KeyboardInterrupt:
        sys.exit(130)
