"""What every request to NetSuite passes: sign-in, a slot, latency, the plan of faults, then its service."""

import asyncio
import gzip
import logging
from collections.abc import Awaitable, Callable
from email.utils import formatdate

from starlette.types import Receive, Scope, Send

from netsuite_pipeline.emulator.account.account import EmulatedAccount
from netsuite_pipeline.emulator.account.faults import Fault
from netsuite_pipeline.emulator.account.page_faults import PAGE_FAULTS, faulty_page
from netsuite_pipeline.emulator.auth.sign_in import Session, SignIn, SignInRefused
from netsuite_pipeline.emulator.http.broken_connections import Wire, drops
from netsuite_pipeline.emulator.http.request import Asked, client_base_url
from netsuite_pipeline.emulator.http.responses import Refusal, Reply, html_page, standing_headers
from netsuite_pipeline.emulator.services.protocols import Manner
from netsuite_pipeline.emulator.suiteql.errors import unsupported

Service = Callable[[Asked, Session], Awaitable[Reply]]

SMALL = 1024
"""Bytes below which a body is not worth compressing."""

_log = logging.getLogger("netsuite_pipeline.emulator")
_MAINTENANCE = ("Service Unavailable", "NetSuite is undergoing maintenance. Please try again later.")
_WIRE_FAULTS = ("reset", "hang", "truncated", "truncated_chunked", "drip")


def compressed(body: bytes) -> bytes:
    """Compresses quickly rather than well."""
    return gzip.compress(body, compresslevel=1, mtime=0)


class Door:
    """One service behind the door, as an ASGI application.

    Args:
        account: The account it belongs to.
        sign_in: Where refused sign-ins are noted, shared by all doors.
        manner: How the service is asked, and how it says no.
        wire: The connections, for the faults that break them.
        service: What answers when the request has been let in.
    """

    def __init__(
        self, account: EmulatedAccount, sign_in: SignIn, manner: Manner, wire: Wire, service: Service
    ) -> None:
        self._account = account
        self._sign_in = sign_in
        self._manner = manner
        self._wire = wire
        self._service = service

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answers one request."""
        asked = await self._read(scope, receive)
        if asked is None:
            return
        try:
            session = self._manner.let_in(asked)
        except SignInRefused as cause:
            _log.info("%s %s 401 (%s)", asked.method, asked.path, cause.cause)
            await self._send(self._manner.not_let_in(asked), asked, send)
            return
        except Refusal as refusal:
            await self._send(self._manner.refused(refusal), asked, send)
            return
        governance = self._account.governance
        if not governance.try_enter():
            # open question 4: too much concurrency may look like a bad login
            variant = self._account.settings.variants.concurrency_refusal
            reply = self._manner.not_let_in(asked) if variant == "401" else self._manner.too_many(variant)
            _log.info("%s %s %d (no slot free)", asked.method, asked.path, reply.status)
            await self._send(reply, asked, send)
            return
        try:
            if governance.latency:
                await asyncio.sleep(governance.latency)
            fault = self._account.faults.draw(f"{asked.method} {asked.path}\n{_query_text(asked)}")
            if fault is None:
                await self._send(self._remembered(await self._answer(asked, session), asked), asked, send)
            else:
                _log.info("%s %s fault %s", asked.method, asked.path, fault.kind)
                await self._strike(fault, asked, session, scope, receive, send)
        finally:
            governance.leave()

    async def _read(self, scope: Scope, receive: Receive) -> Asked | None:
        body = b""
        while True:
            message = await receive()
            if message["type"] == "http.disconnect":
                return None
            part = message.get("body", b"")
            body = body + part if body else part
            if not message.get("more_body", False):
                break
        headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
        return Asked(
            method=scope["method"],
            path=scope["raw_path"].decode("latin-1"),
            query=scope["query_string"].decode("latin-1"),
            headers=headers,
            base_url=client_base_url(headers, self._account.settings),
            body=body,
            address=scope["client"][0] if scope["client"] else "127.0.0.1",
        )

    async def _answer(self, asked: Asked, session: Session) -> Reply:
        try:
            reply = await self._service(asked, session)
        except Refusal as refusal:
            _log.info(
                "%s %s %d (%s: %s)", asked.method, asked.path, refusal.status, refusal.code, refusal.detail
            )
            return self._manner.refused(refusal)
        except Exception:
            _log.exception("The emulator itself failed at %s %s", asked.method, asked.path)
            return self._manner.failed()
        if reply.rows is not None:
            self._account.governance.count_page(reply.rows)
        _log.info("%s %s %d", asked.method, asked.path, reply.status)
        return reply

    async def _strike(
        self, fault: Fault, asked: Asked, session: Session, scope: Scope, receive: Receive, send: Send
    ) -> None:
        client = (str(scope["client"][0]), int(scope["client"][1]))
        if fault.kind == "reset":
            await self._wire.reset(client, receive)
        elif fault.kind == "hang":
            await self._wire.hang(client, receive, fault.seconds)
        elif fault.kind in PAGE_FAULTS:
            await self._send(await self._faulty_page(fault, asked, session), asked, send)
        elif fault.kind not in _WIRE_FAULTS:
            await self._send(self._faulty_reply(fault, asked, session), asked, send)
        else:
            reply = await self._answer(asked, session)
            body, headers = self._encoded(reply, asked)
            if fault.kind == "truncated":
                await self._wire.close_after(
                    client, receive, _head(reply.status, headers, len(body)) + body[: len(body) // 2]
                )
            elif fault.kind == "truncated_chunked":
                half = body[: max(1, len(body) // 2)]
                chunk = b"%x\r\n%s\r\n" % (len(half), half)
                await self._wire.close_after(client, receive, _head(reply.status, headers, None) + chunk)
            else:
                await _drip(reply.status, body, headers, fault.seconds, send)

    def _remembered(self, reply: Reply, asked: Asked) -> Reply:
        """A right page, which a later one may be answered with."""
        if reply.rows is not None:
            self._account.faults.remember(_select_list(asked), _plain(reply))
        return reply

    async def _faulty_page(self, fault: Fault, asked: Asked, session: Session) -> Reply:
        reply = await self._answer(asked, session)
        if reply.rows is None:
            return reply
        body = _plain(reply)
        page = faulty_page(fault, body, self._account.faults.remember(_select_list(asked), body))
        if page is None:
            return self._manner.failed()
        return Reply(reply.status, page, reply.content_type, rows=reply.rows)

    def _faulty_reply(self, fault: Fault, asked: Asked, session: Session) -> Reply:
        if fault.kind == "unexpected_error":
            return self._manner.failed()
        if fault.kind == "unsupported_search":
            refused = unsupported()
            return self._manner.refused(Refusal(refused.status, refused.code, refused.detail))
        if fault.kind == "unavailable":
            return html_page(503, *_MAINTENANCE)
        if fault.kind == "bad_gateway":
            return html_page(502, "Bad Gateway", "The upstream server sent an invalid response.")
        if fault.kind == "throttled":
            return self._manner.too_many("429")
        if fault.kind == "throttled_400":
            return self._manner.too_many("400")
        if fault.kind == "html":
            return html_page(200, "NetSuite - Log In", "Your session has ended. Please log in.")
        self._sign_in.note_failure(asked, "token_rejected", session.token)
        return self._manner.not_let_in(asked)

    def _encoded(self, reply: Reply, asked: Asked) -> tuple[bytes, list[tuple[bytes, bytes]]]:
        body = reply.body
        headers = [
            (b"date", formatdate(self._account.clock.seconds(), usegmt=True).encode()),
            (b"content-type", reply.content_type.encode()),
            *standing_headers(),
            *reply.headers,
        ]
        if not reply.ready and asked.takes_gzip and len(body) >= SMALL:
            body = compressed(body)
            headers.append((b"content-encoding", b"gzip"))
        return body, headers

    async def _send(self, reply: Reply, asked: Asked, send: Send) -> None:
        body, headers = self._encoded(reply, asked)
        headers.append((b"content-length", str(len(body)).encode()))
        await send({"type": "http.response.start", "status": reply.status, "headers": headers})
        await send({"type": "http.response.body", "body": body})


def _query_text(asked: Asked) -> str:
    return asked.body.decode("utf-8", "replace")


def _select_list(asked: Asked) -> str:
    return _query_text(asked).partition(" FROM ")[0]


def _plain(reply: Reply) -> bytes:
    return gzip.decompress(reply.body) if reply.ready and reply.headers else reply.body


def _head(status: int, headers: list[tuple[bytes, bytes]], length: int | None) -> bytes:
    size = (b"transfer-encoding", b"chunked") if length is None else (b"content-length", b"%d" % length)
    lines = [b"%s: %s\r\n" % pair for pair in [*headers, size]]
    return b"HTTP/1.1 %d \r\n" % status + b"".join(lines) + b"\r\n"


async def _drip(
    status: int, body: bytes, headers: list[tuple[bytes, bytes]], seconds: float, send: Send
) -> None:
    headers.append((b"content-length", str(len(body)).encode()))
    await send({"type": "http.response.start", "status": status, "headers": headers})
    pieces = drops(body)
    for piece in pieces:
        await asyncio.sleep(seconds / len(pieces))
        await send({"type": "http.response.body", "body": piece, "more_body": True})
    await send({"type": "http.response.body", "body": b""})
