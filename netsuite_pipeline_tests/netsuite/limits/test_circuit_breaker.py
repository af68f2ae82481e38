"""After a refused sign-in no request is sent until it is confirmed; once confirmed, none is sent again."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from netsuite_pipeline.netsuite.errors import SignInError, Stopped
from netsuite_pipeline.netsuite.limits.circuit_breaker import CircuitBreaker, SignInUnconfirmed

SOON = 60.0
REFUSAL = SignInError("refused", endpoint="POST /x", status=401, code="INVALID_LOGIN")


def test_a_closed_circuit_permits_all_requests() -> None:
    CircuitBreaker().check()


def test_a_half_open_circuit_keeps_all_threads_from_sending() -> None:
    circuit = CircuitBreaker()
    circuit.half_open()
    for _ in range(2):
        with pytest.raises(SignInUnconfirmed):
            circuit.check()


def test_only_the_confirming_thread_may_send() -> None:
    circuit = CircuitBreaker()
    circuit.half_open()
    with ThreadPoolExecutor(1) as pool, circuit.confirm() as mine:
        assert mine
        circuit.check()
        assert isinstance(pool.submit(circuit.check).exception(SOON), SignInUnconfirmed)


def test_a_confirmed_sign_in_closes_the_circuit_for_all_threads() -> None:
    circuit = CircuitBreaker()
    circuit.half_open(REFUSAL)
    with circuit.confirm():
        circuit.close()
    circuit.check()
    with circuit.confirm() as mine:
        assert not mine
    assert circuit.open(SignInError("another")).message == "another"  # the old refusal is forgotten


def test_an_unconfirmed_sign_in_remains_for_the_next_thread() -> None:
    circuit = CircuitBreaker()
    circuit.half_open()
    with pytest.raises(KeyError), circuit.confirm():
        raise KeyError
    with pytest.raises(SignInUnconfirmed):
        circuit.check()
    with circuit.confirm() as mine:
        assert mine


def test_an_open_circuit_raises_the_first_refusal_for_everybody_as_a_copy() -> None:
    circuit = CircuitBreaker()
    circuit.half_open(REFUSAL)
    circuit.half_open(SignInError("a later one"))
    raised = [circuit.open(SignInError("the confirming one"))]
    for _ in range(2):
        with pytest.raises(SignInError) as caught:
            circuit.check()
        raised.append(caught.value)
    with pytest.raises(SignInError) as caught, circuit.confirm():
        pytest.fail("there is nothing to confirm")
    raised.append(caught.value)
    assert [str(error) for error in raised] == [str(REFUSAL)] * 4
    assert len({id(error) for error in (*raised, REFUSAL)}) == 5  # each thread has a traceback of its own


@pytest.mark.parametrize("works", [True, False])
def test_one_of_many_threads_confirms_for_all(works: bool) -> None:
    circuit = CircuitBreaker()
    circuit.half_open(REFUSAL)
    confirmed = []

    def work() -> str:
        try:
            with circuit.confirm() as mine:
                if mine:
                    confirmed.append(threading.get_ident())
                    time.sleep(0.02)
                    if works:
                        circuit.close()
                    else:
                        raise circuit.open(REFUSAL)
            circuit.check()
        except SignInError:
            return "refused"
        return "passed"

    with ThreadPoolExecutor(16) as pool:
        futures = [pool.submit(work) for _ in range(16)]
        assert {future.result(SOON) for future in futures} == {"passed" if works else "refused"}
    assert len(confirmed) == 1


def test_stop_ends_the_wait_for_a_confirming_thread() -> None:
    circuit = CircuitBreaker()
    circuit.half_open()

    def work() -> None:
        with circuit.confirm():
            pytest.fail("another thread confirms it")

    with ThreadPoolExecutor(4) as pool:
        with circuit.confirm():
            futures = [pool.submit(work) for _ in range(4)]
            time.sleep(0.05)
            assert not any(future.done() for future in futures)
            circuit.stop()
            assert all(isinstance(future.exception(SOON), Stopped) for future in futures)
        with pytest.raises(Stopped):
            work()
