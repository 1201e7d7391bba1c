"""What does the loss of a WGAN say during training? A watch in your own training loop.

The loop is an ordinary WGAN-GP on eight points of a circle. Only the lines with ``watch`` belong to wcheck, which gets
points that the generator never sees. ``wcheck plot watched_wgan.csv`` draws the rows.
"""

import torch
from torch import nn

import wcheck

STEPS, BATCH, CRITIC_STEPS, PENALTY = 120, 64, 3, 1.0

torch.manual_seed(0)
angles = torch.randint(8, (2400,)) * torch.pi / 4
points = torch.stack([angles.cos(), angles.sin()], 1) + 0.02 * torch.randn(2400, 2)
train, held_out = points[:1600], points[1600:]


def network(inputs, outputs):
    first, last = nn.Linear(inputs, 64), nn.Linear(64, outputs)
    return nn.Sequential(first, nn.ReLU(), nn.Linear(64, 64), nn.ReLU(), last)


generator, critic = network(8, 2), network(2, 1)
of_generator = torch.optim.Adam(generator.parameters(), 1e-3, betas=(0.5, 0.9))
of_critic = torch.optim.Adam(critic.parameters(), 1e-3, betas=(0.5, 0.9))


def sample(n):
    return generator(torch.randn(n, 8))


def steepness(real, fake):
    share = torch.rand(len(real), 1)
    between = (share * real + (1 - share) * fake).requires_grad_()
    (gradient,) = torch.autograd.grad(critic(between).sum(), between, create_graph=True)
    return ((gradient.norm(dim=1) - 1) ** 2).mean()


options = {"n": 400, "every": 40, "output": "watched_wgan.csv", "overwrite": True}
with wcheck.Watch(held_out, objective="wasserstein", lipschitz="gp", penalty=PENALTY, **options) as watch:
    for step in range(1, STEPS + 1):
        for _ in range(CRITIC_STEPS):
            real, fake = train[torch.randint(len(train), (BATCH,))], sample(BATCH).detach()
            claimed = critic(real).mean() - critic(fake).mean()
            of_critic.zero_grad()
            (PENALTY * steepness(real, fake) - claimed).backward()
            of_critic.step()
        loss = critic(real).mean() - critic(fake).mean()
        watch(step, real=real, fake=fake, loss=loss, critic=critic, sample=sample)
        of_generator.zero_grad()
        (-critic(sample(BATCH)).mean()).backward()
        of_generator.step()

for row in watch.rows():
    print(
        f"step {row['step']}: a loss of {row['loss']:.2f}, {row['loss_ratio']:.0%} of the batch's distance;"
    )
    print(f"  W1 to real points is {row['exact']:.2f}, and {row['exact_real']:.2f} for other real points")
