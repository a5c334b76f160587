"""What is remembered of a batch belongs to who computes: two threads that take turns do not mix it up."""

import threading

import torch
from small_networks import Plain

import tapetum


def test_each_thread_remembers_for_itself() -> None:
    network = tapetum.load(Plain().eval(), input_shape=(3, 16, 16), mean=0.5, std=0.5)
    first, second = (network.inputs(torch.full((1, 3, 16, 16), value)) for value in (0.1, 0.7))
    other_inside, may_leave = threading.Event(), threading.Event()

    def other() -> None:
        with network.remembering(second):
            network.evaluate(second.batch)
            other_inside.set()
            assert may_leave.wait(20)

    thread = threading.Thread(target=other)
    with network.remembering(first):
        network.evaluate(first.batch)
        thread.start()
        assert other_inside.wait(20)
        before = network.passes["forward"]
        network.evaluate(first.batch)
        assert network.passes["forward"] == before
    # The one that came later leaves later: nothing of the first stays behind.
    may_leave.set()
    thread.join(20)
    before = network.passes["forward"]
    network.evaluate(first.batch)
    assert network.passes["forward"] == before + 1
