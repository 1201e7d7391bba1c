"""Where things are kept: the user's cache, else a private temporary folder, else nowhere; never beside the sources."""

import errno
import os
import shlex
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest
from numba.core.caching import IndexDataCacheFile

import wcheck
from wcheck import cache, kernels
from wcheck.experiments import reference

EXACT = ("exact", "digits[0:20]", "digits[20:40]")
OTHER = 12345
"""A user that no machine knows: without a name, without a home."""

as_root = pytest.mark.skipif(
    os.name != "posix" or os.geteuid() != 0 or shutil.which("setpriv") is None,
    reason="another user is made by root with setpriv",
)


@pytest.fixture(autouse=True)
def fresh(monkeypatch):
    monkeypatch.delenv(cache.VARIABLE, raising=False)
    cache.usable.cache_clear()
    yield
    cache.usable.cache_clear()


COMMANDS = """
exact digits[0:90] digits[90:190]
oracle --data digits --n 40 --width 8 --steps 2 --grad-points 20 --penalty 1 --penalty 10 --save critics -o oracle.csv
audit critics/000 digits[0:40] digits[40:80]
batch --data digits[0:60] --batch-size 8 --reps 2
sample-complexity --dim 2 --n 4 --n 8 --n 16 --reps 2
interval digits[0:40] digits[40:80]
dimension digits[0:100]
kmedians --data digits[0:60] --k 3 --starts 1
false-minima --data digits[0:60] --n 4 --starts 1 --reps 2
crossover --n 4 --reps 4
bernoulli --reps 4
pixels --data digits[0:100]
known --dim 2 --n 30 --steps 2 --width 4 --seed 0 --lipschitz gp --estimator exact
toys
two-gaussians --n 30 --steps 2 --width 4
plot oracle.csv -o figure.png
data list
data show digits
"""
"""Every command, small, in a folder of its own."""

BOTH_KINDS = """
toys -o toys.csv
plot toys.csv -o figure.png
"""
"""What keeps compiled code, and what keeps a list of fonts."""

RUN_ALL = """
import sys
from wcheck.cli import app
for line in sys.argv[1].strip().splitlines():
    sys.argv[1:] = line.split()
    try:
        app.main()
    except SystemExit as ended:
        if ended.code:
            sys.exit(f"{line}: {ended.code}")
"""
ANOTHER_USER = (
    "setpriv", f"--reuid={OTHER}", f"--regid={OTHER}", "--clear-groups",
    "--inh-caps=+dac_read_search", "--ambient-caps=+dac_read_search",
)  # fmt: skip
"""Who may read all, as the interpreter may lie in root's home, and write nothing."""
FILL = (
    "mount -t tmpfs -o size=128k,mode=777 none {0} && (head -c 1M /dev/zero > {0}/fill 2>&- || true) && exec "
)
"""Make a full disk of a folder, for what runs in this namespace alone."""
SOURCES = str(Path(wcheck.__file__).parents[1])


@pytest.fixture
def public():
    """A folder that everybody can reach and write; pytest's own are private."""
    with tempfile.TemporaryDirectory(prefix="wcheck-tests-") as folder:
        os.chmod(folder, 0o1777)
        yield Path(folder)


@as_root
def test_every_command_runs_as_a_user_who_cannot_keep_anything(public):
    temporary, full = public / "temporary", public / "full"
    for folder in (temporary, full):
        folder.mkdir()
        folder.chmod(0o1777)
    environment = {"PATH": os.environ["PATH"], "TMPDIR": str(temporary), "PYTHONPATH": SOURCES}
    for home, note, commands in (
        (None, "there is no home folder", COMMANDS),
        ("/", "/.cache/wcheck cannot be written or has too little room", BOTH_KINDS),
        (str(full), "full/.cache/wcheck cannot be written or has too little room", COMMANDS),
    ):
        command = [*ANOTHER_USER, sys.executable, "-c", RUN_ALL, commands]
        if home == str(full):
            command = ["unshare", "--mount", "sh", "-c", FILL.format(full) + shlex.join(command)]
        folder = Path(tempfile.mkdtemp(dir=public))
        folder.chmod(0o777)
        ended = subprocess.run(
            command,
            cwd=folder,
            env=environment if home is None else {**environment, "HOME": home},
            capture_output=True,
            text=True,
        )
        if "unshare" in ended.stderr or "mount:" in ended.stderr:
            pytest.skip(f"no disk can be mounted here: {ended.stderr.strip()}")
        assert ended.returncode == 0, ended.stderr
        told = {line for line in ended.stderr.splitlines() if cache.VARIABLE in line or "atplotlib" in line}
        assert len(told) == 1, told
        assert note in min(told)
        assert str(temporary / f"wcheck-{OTHER}") in min(told)
        assert "~" not in os.listdir(folder)


def test_nothing_is_kept_beside_the_sources(tmp_path):
    """Numba would take the folder of the sources where no other can be had."""
    shutil.copytree(
        Path(wcheck.__file__).parent, tmp_path / "wcheck", ignore=shutil.ignore_patterns("__pycache__")
    )
    code = "import tempfile; tempfile.tempdir = '/dev/null'; from wcheck.cli.app import main; main()"
    environment = {**os.environ, "PYTHONPATH": str(tmp_path), cache.VARIABLE: "/dev/null/cache"}
    ended = subprocess.run(
        [sys.executable, "-c", code, *EXACT], cwd=tmp_path, env=environment, capture_output=True, text=True
    )
    assert ended.returncode == 0, ended.stderr
    assert ended.stderr.count("every run compiles again") == 1
    assert not [*tmp_path.rglob("*.nbi"), *tmp_path.rglob("*.nbc")]


def test_a_disk_that_becomes_full_costs_the_next_run_a_compilation_and_this_one_nothing(
    tmp_path, monkeypatch
):
    monkeypatch.setenv(cache.VARIABLE, str(tmp_path))
    kernels._folder.cache_clear()
    twice = kernels.compiled()(lambda x: x + x)
    thrice = kernels.compiled()(lambda x: x + x + x)
    kernels._folder.cache_clear()
    assert twice(3) == 6
    kept = len([*tmp_path.rglob("*.nbc")])
    assert kept == 1

    def refuse(*args):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(IndexDataCacheFile, "save", refuse)
    assert thrice(3) == 9
    assert len([*tmp_path.rglob("*.nbc")]) == kept


def test_a_folder_that_another_user_could_have_filled_is_not_taken(tmp_path, monkeypatch):
    monkeypatch.setenv(cache.VARIABLE, "/dev/null/cache")
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    own = tmp_path / f"wcheck-{os.getuid()}"
    assert cache.usable("kind") == own / "kind"
    assert own.stat().st_mode & 0o777 == 0o700
    cache.usable.cache_clear()
    own.chmod(0o777)
    assert cache.usable("kind") is None
    shutil.rmtree(own)
    own.symlink_to(tmp_path)
    cache.usable.cache_clear()
    assert cache.usable("kind") is None


def test_the_variable_names_the_folder(tmp_path, monkeypatch):
    monkeypatch.setenv(cache.VARIABLE, str(tmp_path / "mine"))
    assert cache.usable("kind") == tmp_path / "mine" / "kind"
    assert reference.folder() == tmp_path / "mine" / "exact"
