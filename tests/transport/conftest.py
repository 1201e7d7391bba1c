"""What tests of transport share: threads, among which solves share their work. All other tests have one each."""

import pytest
import torch

from wcheck.parallel import cores


@pytest.fixture(autouse=True)
def a_thread_per_core():
    before = torch.get_num_threads()
    torch.set_num_threads(cores())
    yield
    torch.set_num_threads(before)
