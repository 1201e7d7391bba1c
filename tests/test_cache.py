"""Where things are kept: the user's cache, else a private temporary folder, else nowhere; never beside the sources."""

import errno
import os
import runpy
import shlex
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
import pytest
from numba.core.caching import IndexDataCacheFile

import wcheck
from wcheck import cache, kernels
from wcheck.cli.app import QUESTIONS
from wcheck.experiments import reference
from wcheck.progress import remarks

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
certify digits[0:40] digits[40:80] --permutation permutation.npy
compare digits[0:60] digits[60:90] digits[90:120] --n 10 --blocks 2
two-sample digits[0:40] digits[40:80] --permutations 20
oracle --data digits --n 40 --width 8 --steps 2 --grad-points 20 --penalty 1 --jobs 1 --save critics -o oracle.csv
audit critics digits[0:40] digits[40:80]
batch --data digits[0:60] --batch-size 8 --reps 2 --jobs 2
sample-complexity --dim 2 --n 4 --n 8 --n 16 --reps 2 --jobs 1
interval digits[0:40] digits[40:80]
dimension digits[0:100]
kmedians --data digits[0:60] --k 3 --starts 1 --jobs 1
false-minima --data digits[0:60] --n 4 --starts 1 --reps 2 --jobs 1
crossover --n 4 --reps 4 --jobs 1
bernoulli --reps 4 --jobs 1
pixels --data digits[0:100] --jobs 1
known --dim 2 --n 30 --steps 2 --width 4 --seed 0 --lipschitz gp --estimator exact --jobs 1
toys --toy segments
two-gaussians --n 30 --steps 2 --width 4 --jobs 1
gan --data digits[0:80] --steps 1 --every 1 --grad-points 20 --generator-width 8 --batch-size 8 --jobs 1
reproduce --only B5 --jobs 1 -o reproduction
plot oracle.csv -o figure.png
report oracle.csv -o page.html
columns V/L
data list
data show digits
"""
"""Every command, small, in a folder of its own."""

ONE_OF_A_KIND = """
exact digits[0:3] digits[3:5]
bernoulli --reps 4 --jobs 1 -o bernoulli.csv
plot bernoulli.csv -o figure.png
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
LEFT_OUT = "norms"
"""The module whose kernels that user has to compile and keep."""
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
    assert {line.split()[0] for line in COMMANDS.split("\n")[1:-1]} == {
        name for commands in QUESTIONS.values() for name in commands
    }
    temporary, full = public / "temporary", public / "full"
    for folder in (temporary, full):
        folder.mkdir()
        folder.chmod(0o1777)
    own = temporary / f"wcheck-{OTHER}"
    have_compiled(own)
    environment = {"PATH": os.environ["PATH"], "TMPDIR": str(temporary), "PYTHONPATH": SOURCES}
    for home, note, commands in (
        ("/", "/.cache/wcheck cannot be written or has too little room", ONE_OF_A_KIND),
        (str(full), "full/.cache/wcheck cannot be written or has too little room", ONE_OF_A_KIND),
        (None, "there is no home folder", COMMANDS),
    ):
        command = [*ANOTHER_USER, sys.executable, "-c", RUN_ALL, commands]
        if home == str(full):
            command = ["unshare", "--mount", "sh", "-c", FILL.format(full) + shlex.join(command)]
        folder = Path(tempfile.mkdtemp(dir=public))
        folder.chmod(0o777)
        np.save(folder / "permutation.npy", np.arange(40))
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
        assert str(own) in min(told)
        assert "~" not in os.listdir(folder)
        assert [*own.glob(f"numba/*/*/{LEFT_OUT}.*.nbc")]


def have_compiled(place):
    """Give the other user what is compiled already, but for what every solve needs: half a minute less."""
    shutil.copytree(
        kernels._folder(),
        place / "numba" / cache.of_sources(),
        ignore=shutil.ignore_patterns(f"{LEFT_OUT}.*"),
    )
    place.chmod(0o700)
    for path in (place, *place.rglob("*")):
        shutil.chown(path, OTHER, OTHER)


def test_what_is_compiled_of_other_sources_is_not_taken():
    """A kernel holds code of those that it calls: numba asks for changes of its own file only, and would run both."""
    package = Path(wcheck.__file__).parent
    compiled = {path for path in package.rglob("*.py") if "@compiled(" in path.read_text(encoding="utf-8")}
    assert len({path.parent for path in compiled}) > 5
    assert compiled <= set(cache.sources())
    exact = {
        Path(module.__file__) for name, module in sys.modules.items() if name.startswith("wcheck.transport.")
    }
    assert exact <= set(cache.sources())


def test_nothing_is_kept_beside_the_sources(tmp_path, monkeypatch):
    """Numba would take the folder of the sources where no other can be had."""
    x, y = (wcheck.Measure.of(np.arange(n, 4.0 + n)) for n in range(2))
    known = wcheck.exact(x, y, tol=reference.TOLERANCE).bracket
    monkeypatch.setenv(cache.VARIABLE, "/dev/null/cache")
    monkeypatch.setattr(tempfile, "tempdir", "/dev/null")
    cache.usable.cache_clear()
    kernels._folder.cache_clear()
    source = tmp_path / "doubling.py"
    source.write_text("from wcheck.kernels import compiled\ntwice = compiled()(lambda x: x + x)\n")
    with remarks() as said:
        assert runpy.run_path(str(source))["twice"](3) == 6
        assert reference.reference(x, y) == known
    kernels._folder.cache_clear()
    assert len(set(said)) == 1, said
    assert "every run compiles again" in said[0]
    assert [*tmp_path.rglob("*")] == [source]


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
