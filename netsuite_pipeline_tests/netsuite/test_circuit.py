"""Once a sign-in is known to fail, nobody asks again."""

import threading

import pytest

from netsuite_pipeline.netsuite.circuit import Circuit
from netsuite_pipeline.netsuite.errors import SignInError


def test_a_closed_circuit_lets_everybody_pass() -> None:
    Circuit().check()


def test_an_open_circuit_raises_the_same_refusal_for_everybody_as_a_copy() -> None:
    circuit = Circuit()
    refusal = SignInError("refused", asked="POST /x", status=401, code="INVALID_LOGIN")
    circuit.open(refusal)
    raised = []
    for _ in range(2):
        with pytest.raises(SignInError) as caught:
            circuit.check()
        raised.append(caught.value)
    assert [str(error) for error in raised] == [str(refusal)] * 2
    assert len({id(error) for error in (*raised, refusal)}) == 3  # each thread has a traceback of its own


def test_a_settled_doubt_begins_a_new_epoch() -> None:
    circuit = Circuit()
    circuit.works()
    circuit.works()
    assert circuit.epoch() == 2
    circuit.check()


def test_epochs_are_counted_exactly_by_many_threads() -> None:
    circuit = Circuit()

    def work() -> None:
        for _ in range(200):
            circuit.works()

    threads = [threading.Thread(target=work, daemon=True) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(10)
    assert circuit.epoch() == 1600
