"""Critic networks: what they map, what they normalise, what they depend on, and what does not fit together."""

import pytest
import torch
from torch import nn

from wcheck.critics import networks
from wcheck.critics.activations import GroupSort
from wcheck.critics.constraints import CONSTRAINTS
from wcheck.critics.objective import Needs
from wcheck.critics.recipe import Recipe
from wcheck.errors import ParameterError, SourceError

LAYER, BATCH, PROVABLE = "gp", "clip", "aol"


def build(arch, shape, lipschitz=LAYER, seed=0, **options):
    return networks.build(arch, shape, CONSTRAINTS[lipschitz](), seed=seed, **options)


@pytest.mark.parametrize(
    ("arch", "shape"),
    [
        ("mlp", (5,)),
        ("mlp", (1, 8, 8)),
        ("mlp", (3, 7, 9)),
        ("groupsort", (5,)),
        ("dcgan", (1, 8, 8)),
        ("dcgan", (3, 32, 32)),
        ("dcgan", (1, 64, 64)),
        ("resnet", (1, 8, 8)),
    ],
)
@pytest.mark.parametrize("lipschitz", [LAYER, BATCH, "spectral"])
def test_flat_points_become_one_number_each(arch, shape, lipschitz):
    network = build(arch, shape, lipschitz)
    points = torch.rand(3, torch.Size(shape).numel(), generator=torch.Generator().manual_seed(0))
    values = network(points)
    assert values.shape == (3,)
    assert values.dtype == torch.float32
    assert len(set(values.tolist())) == 3 or lipschitz == BATCH  # clipped weights leave hardly any value


@pytest.mark.parametrize("shape", [(1, 4, 4), (3, 28, 28), (3, 32, 64), (3, 128, 128), (1024,)])
def test_dcgan_has_no_form_for_other_points(shape):
    with pytest.raises(ParameterError, match=r"takes images of 8x8, 16x16, 32x32 or 64x64; .*image_size 32"):
        build("dcgan", shape)


@pytest.mark.parametrize("shape", [(1, 9, 9), (3, 8, 16), (64,)])
def test_resnet_has_no_form_for_other_points(shape):
    with pytest.raises(ParameterError, match=r"square images whose side is a multiple of 4"):
        build("resnet", shape)


def test_an_unknown_architecture_names_the_known_ones():
    with pytest.raises(
        ParameterError, match=r"'resnext': did you mean resnet\? Choose one of mlp, groupsort, dcgan, resnet"
    ):
        build("resnext", (5,))


def alone_and_among_others(lipschitz):
    network = build("dcgan", (3, 32, 32), lipschitz).train()
    points = torch.rand(4, 3072, generator=torch.Generator().manual_seed(0))
    return network(points)[0].item(), network(torch.cat([points[:1], 5 * points[1:]]))[0].item()


def test_with_layer_normalisation_a_value_does_not_depend_on_the_batch():
    alone, among = alone_and_among_others(LAYER)
    assert alone == pytest.approx(among, rel=1e-4)


def test_with_batch_normalisation_it_does():
    """Unclipped weights: at a clip of 0.01 the values are too small to tell."""
    network = networks.build("dcgan", (3, 32, 32), CONSTRAINTS[BATCH](clip=1.0), seed=0).train()
    points = torch.rand(4, 3072, generator=torch.Generator().manual_seed(0))
    alone, among = network(points)[0].item(), network(torch.cat([points[:1], 5 * points[1:]]))[0].item()
    assert alone != pytest.approx(among, rel=1e-2)


def test_where_a_constraint_would_be_undone_nothing_is_normalised():
    norms = (nn.GroupNorm, nn.BatchNorm2d)
    for lipschitz, expected in ((LAYER, nn.GroupNorm), (BATCH, nn.BatchNorm2d), ("spectral", None)):
        found = {type(layer) for layer in build("dcgan", (3, 32, 32), lipschitz) if isinstance(layer, norms)}
        assert found == ({expected} if expected else set())


def test_weights_depend_on_the_seed_and_on_nothing_else():
    torch.manual_seed(1)
    before = torch.get_rng_state()
    first = build("mlp", (5,), seed=3).state_dict()
    assert torch.equal(torch.get_rng_state(), before)
    torch.manual_seed(2)
    second, other = build("mlp", (5,), seed=3).state_dict(), build("mlp", (5,), seed=4).state_dict()
    assert all(torch.equal(first[name], second[name]) for name in first)
    assert not torch.equal(first["0.weight"], other["0.weight"])


@pytest.mark.parametrize("lipschitz", CONSTRAINTS)
def test_what_a_constraint_draws_depends_on_the_seed_alone(lipschitz):
    torch.manual_seed(1)
    first = build("mlp", (5,), lipschitz, width=4, seed=3).state_dict()
    torch.manual_seed(2)
    before = torch.get_rng_state()
    second = build("mlp", (5,), lipschitz, width=4, seed=3).state_dict()
    assert torch.equal(torch.get_rng_state(), before)
    assert all(torch.equal(first[name], second[name]) for name in first)


def test_group_sort_sorts_pairs_of_channels():
    assert GroupSort()(torch.tensor([[3.0, 1.0, -2.0, 5.0]])).tolist() == [[1.0, 3.0, -2.0, 5.0]]
    images = torch.rand(2, 4, 3, 3, generator=torch.Generator().manual_seed(0))
    found = GroupSort()(images)
    assert torch.equal(found[:, 2], torch.minimum(images[:, 2], images[:, 3]))
    assert torch.equal(found[:, 1], torch.maximum(images[:, 0], images[:, 1]))


def test_groupsort_is_the_mlp_with_other_activations():
    plain, sorting = (build(arch, (5,), width=6) for arch in ("mlp", "groupsort"))
    assert [type(layer) for layer in plain if type(layer) is nn.ReLU] == [nn.ReLU] * 3
    assert [type(layer) for layer in sorting if type(layer) is GroupSort] == [GroupSort] * 3
    assert torch.equal(plain[2].weight, sorting[2].weight)
    with pytest.raises(ParameterError, match="width is 5: GroupSort sorts pairs"):
        build("groupsort", (5,), width=5)


def test_provable_layers_are_followed_by_group_sort():
    for arch, shape in (("mlp", (5,)), ("dcgan", (1, 32, 32))):
        kinds = {type(layer) for layer in build(arch, shape, PROVABLE)}
        assert GroupSort in kinds
        assert not kinds & {nn.ReLU, nn.LeakyReLU}


@pytest.mark.parametrize("lipschitz", ["orthonormal", "aol"])
def test_skip_connections_and_provable_layers_do_not_fit(lipschitz):
    with pytest.raises(ParameterError, match="choose arch mlp, groupsort or dcgan, or lipschitz spectral"):
        Recipe.of("resnet", lipschitz)
    with pytest.raises(ParameterError, match="has a Residual"):
        build("resnet", (1, 8, 8), lipschitz)


def test_the_residual_critic_is_as_published():
    """Gulrajani's: 3x3 convolutions of 128 channels, two in each of four blocks; 1x1 skips in the first two."""
    network = build("resnet", (3, 32, 32))
    kernels = [tuple(layer.weight.shape) for layer in network.modules() if isinstance(layer, nn.Conv2d)]
    assert sorted(kernels) == sorted(
        [(128, 3, 1, 1), (128, 3, 3, 3), (128, 128, 1, 1)] + 7 * [(128, 128, 3, 3)]
    )
    features = network[:-3](torch.zeros(1, 3072))
    assert features.shape == (1, 128, 8, 8)


FACTORIES = """
import torch
from torch import nn

class Rough(nn.Module):
    def __init__(self, d):
        super().__init__()
        self.linear = nn.Linear(d, 1)

    def forward(self, z):
        return self.linear(z)[:, 0].abs()

def rough(shape):
    return Rough(torch.Size(shape).numel())

def chain(shape):
    d = torch.Size(shape).numel()
    return nn.Sequential(nn.Linear(d, 4), nn.Tanh(), nn.Linear(4, 1), nn.Flatten(0))

def normalised(shape):
    d = torch.Size(shape).numel()
    return nn.Sequential(nn.Linear(d, 4), nn.BatchNorm1d(4), nn.ReLU(), nn.Linear(4, 1), nn.Flatten(0))

def column(shape):
    return nn.Linear(torch.Size(shape).numel(), 1)

def pair(shape):
    return nn.Linear(torch.Size(shape).numel(), 2)

def images(shape):
    return nn.Sequential(nn.Conv2d(shape[0], 2, 3, padding=1), nn.ReLU(), nn.Conv2d(2, 1, shape[1:]))

class Fixed(nn.Linear):
    def __init__(self):
        super().__init__(6, 1)

def nothing(shape):
    return None

def fixed(shape):
    return nn.Flatten(0) if shape == (1,) else nn.Sequential(nn.Flatten(), First())

class First(nn.Module):
    def forward(self, z):
        return z[:, 0]

class Detached(Rough):
    def forward(self, z):
        return super().forward(z).detach()

def detached(shape):
    return Detached(torch.Size(shape).numel())

def careless(shape):
    return nn.Sequential(nn.ReLU(inplace=True), nn.Linear(6, 1), nn.Flatten(0))

def broken(shape):
    return nn.Linear(1, 1)

def infinite(shape):
    made = rough(shape)
    nn.init.constant_(made.linear.bias, float("inf"))
    return made
"""


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "own_critics.py").write_text(FACTORIES)
    return tmp_path


def test_a_critic_of_the_users_own(folder):
    first, again = (build("own_critics:rough", (2, 3), seed=1, folder=folder) for _ in range(2))
    points = torch.rand(4, 6, generator=torch.Generator().manual_seed(0))
    assert first(points).shape == (4,)
    assert torch.equal(first(points), again(points))
    assert Recipe.of("own_critics:rough").arch == "own_critics:rough"


def test_a_chain_of_the_users_own_can_be_made_1_lipschitz_and_another_module_cannot(folder):
    network = build("own_critics:chain", (3,), "orthonormal", folder=folder)
    assert torch.linalg.matrix_norm(network[0].weight, 2).item() == pytest.approx(1, abs=1e-5)
    with pytest.raises(ParameterError, match="has a Rough"):
        build("own_critics:rough", (3,), "orthonormal", folder=folder)


def test_batch_normalisation_does_not_fit_a_penalty(folder):
    with pytest.raises(
        ParameterError, match="has a BatchNorm1d, which makes each value depend on the whole batch"
    ):
        build("own_critics:normalised", (3,), "gp", folder=folder)
    build("own_critics:normalised", (3,), "clip", folder=folder)


@pytest.mark.parametrize(("name", "shape"), [("column", (6,)), ("images", (1, 2, 3)), ("Fixed", (6,))])
@pytest.mark.parametrize("lipschitz", ["gp", "spectral"])
def test_a_factory_may_return_columns_take_images_and_no_argument(folder, name, shape, lipschitz):
    """Whatever its shapes are, the same weights say the same of flat points."""
    network = build(f"own_critics:{name}", shape, lipschitz, folder=folder).eval()
    points = torch.rand(4, 6, generator=torch.Generator().manual_seed(0))
    values = network(points)
    assert values.shape == (4,)
    (inner,) = [module for module in network if not isinstance(module, (nn.Flatten, nn.Unflatten))]
    assert torch.equal(values, inner(points if name != "images" else points.reshape(4, *shape)).flatten())


def test_a_factory_whose_critic_takes_neither_form_shows_both_errors(folder):
    with pytest.raises(SourceError, match=r"given as \(3, 6\) \(.*and as \(3, 1, 2, 3\) \("):
        networks.check("own_critics:broken", (1, 2, 3), folder)


def test_consistency_needs_activations_to_drop(folder):
    with pytest.raises(ParameterError, match="lipschitz ct drops outputs of activation layers"):
        build("own_critics:rough", (3,), "ct", folder=folder)


@pytest.mark.parametrize(
    ("name", "error", "message"),
    [
        ("missing", SourceError, r"arch own_critics:missing cannot be imported \(AttributeError"),
        (
            "broken",
            SourceError,
            r"arch own_critics:broken failed for 3 points of shape \(6,\).*RuntimeError",
        ),
        ("nothing", ParameterError, "returned NoneType: return a torch.nn.Module"),
        ("pair", ParameterError, r"to torch.float32 \(3, 2\): return float32 values \(3,\)"),
        ("infinite", ParameterError, "not finite"),
        ("fixed", ParameterError, "no parameters: there is nothing to train"),
        ("detached", ParameterError, "gradient does not reach its parameters"),
        ("careless", SourceError, "leaf Variable that requires grad is being used in an in-place operation"),
    ],
)
def test_what_is_no_critic_is_one_clear_error(folder, name, error, message):
    with pytest.raises(error, match=message):
        networks.check(f"own_critics:{name}", (6,), folder)


@pytest.mark.parametrize("arch", ["mlp", "groupsort"])
@pytest.mark.parametrize(
    "size",
    [
        {"width": 3_000_000},
        {"width": 10**30},
        {"features": 10**13, "needs": Needs.FEATURES},
        {"features": 10**13, "needs": Needs.RECONSTRUCTIONS},
    ],
)
def test_a_critic_that_no_memory_holds_is_refused_before_it_is_made(arch, size):
    with pytest.raises(
        SourceError, match=rf"critic {arch} takes .* GiB of memory, of which .* smaller numbers"
    ):
        build(arch, (64,), **size)
