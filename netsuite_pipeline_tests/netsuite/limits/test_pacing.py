"""Requests leave one at a time, each when the verdict on the one before it is known."""

import socket
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise

import pytest

from netsuite_pipeline.netsuite.limits.pacing import Pacing, send_gap
from netsuite_pipeline.netsuite.limits.pending_sign_ins import PendingSignIns

NOTHING = lambda: None  # noqa: E731


@pytest.fixture
def wire() -> Iterator[tuple[socket.socket, socket.socket]]:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        yield ours, theirs


def paced() -> tuple[Pacing, PendingSignIns]:
    pacing = Pacing()
    return pacing, pacing.pending_sign_ins


def send(pacing: Pacing, sock: socket.socket) -> float:
    with pacing.permit(sock, NOTHING):
        return time.monotonic()


@pytest.mark.parametrize(
    ("typical", "limit", "quickest", "distance", "gap"),
    [
        (None, 5, None, None, 0.05),
        (0.0, 5, 0.0, 0.0, 0.05),
        (0.02, 5, 0.02, 0.0, 0.05),  # one after the other: it is answered before
        (0.1, 5, 0.1, 0.0, 0.125),
        (0.25, 10, 0.25, 0.0, 0.0125),  # as before: no slot is idle
        (0.25, 15, 0.25, 0.0, 0.25 / 30),
        (0.4, 20, 0.4, 0.0, 0.01),
        (0.4, 5, 0.4, 0.0, 0.04),
        (1.0, 5, 0.2, 0.15, 0.225),  # never closer together than the way there and back
        (1.0, 20, 0.2, 0.15, 0.225),
        (1.0, 20, 0.1, 0.15, 0.125),  # but no longer than NetSuite takes for a whole reply
        (60.0, 1, 0.1, None, 30.0),
    ],
)
def test_the_gap_follows_from_what_was_measured(
    typical: float | None, limit: int, quickest: float | None, distance: float | None, gap: float
) -> None:
    assert send_gap(typical, limit, quickest, distance) == pytest.approx(gap)


def test_the_next_request_is_sent_as_soon_as_the_verdict_is_known(
    wire: tuple[socket.socket, socket.socket],
) -> None:
    pacing, pending = paced()
    for _ in range(20):
        pacing.record_duration(0.19, 5)
    pending.quickest = 80.0  # so it would wait a hundred seconds for a verdict
    began = send(pacing, wire[0])
    with ThreadPoolExecutor(1) as pool:
        second = pool.submit(send, pacing, wire[0])
        time.sleep(0.1)
        assert not second.done()
        pending.record_verdict(accepted=True)
        assert second.result(60) - began < 50


def test_without_a_verdict_the_next_request_is_sent_after_the_gap(
    wire: tuple[socket.socket, socket.socket],
) -> None:
    pacing, _ = paced()
    with ThreadPoolExecutor(8) as pool:
        left = sorted(future.result(60) for future in [pool.submit(send, pacing, wire[0]) for _ in range(8)])
    assert min(later - earlier for earlier, later in pairwise(left)) >= 0.05


def test_nothing_leaves_while_a_reply_lies_in_the_kernel(wire: tuple[socket.socket, socket.socket]) -> None:
    """However long the gap is over: on a slow machine the reader comes late."""
    ours, theirs = wire
    pacing, pending = paced()
    send(pacing, ours)
    theirs.send(b"HTTP/1.1 401 Unauthorized\r\n")
    time.sleep(0.1)
    with ThreadPoolExecutor(1) as pool:
        second = pool.submit(send, pacing, ours)
        time.sleep(0.3)
        assert not second.done()
        pending.record_arrival()
        ours.recv(100)  # it is read, and its thread does not get on
        time.sleep(0.3)
        assert not second.done()
        pending.record_verdict()
        second.result(60)


def test_a_refusal_recorded_during_the_wait_forbids_the_request(
    wire: tuple[socket.socket, socket.socket],
) -> None:
    ours, theirs = wire
    pacing, pending = paced()
    refused = threading.Event()

    def check() -> None:
        if refused.is_set():
            raise KeyError("refused")

    send(pacing, ours)
    theirs.send(b"401")

    def second() -> None:
        with pacing.permit(ours, check):
            raise AssertionError("it left")

    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(second)
        time.sleep(0.1)
        refused.set()
        pending.record_verdict()
        with pytest.raises(KeyError):
            waiting.result(60)


def test_a_request_that_was_not_sent_leaves_no_open_verdict(
    wire: tuple[socket.socket, socket.socket],
) -> None:
    pacing, pending = paced()
    for _ in range(5):
        with pytest.raises(KeyError), pacing.permit(wire[0], NOTHING):
            raise KeyError
    assert not pending._open
    assert not pending.has_unread()


def test_a_session_ticket_on_a_new_connection_keeps_others_only_for_a_moment(
    wire: tuple[socket.socket, socket.socket],
) -> None:
    pacing, pending = paced()
    with pacing.permit(wire[0], NOTHING, maybe_ticket=True):
        pass
    pending.record_arrival()
    with ThreadPoolExecutor(1) as pool:
        pool.submit(send, pacing, wire[0]).result(60)


def test_the_quickest_reply_and_the_shortest_way_are_kept() -> None:
    pending = PendingSignIns()
    pending.record_connection(0.2, rounds=2)
    pending.record_connection(0.4, rounds=1)
    assert pending.distance == pytest.approx(0.1)
    pending.record_verdict(accepted=True)  # of a request that was never sent
    assert pending.quickest is None
