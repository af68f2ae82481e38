"""The steps of every request: sign-in, concurrency limit, latency, planned faults, then its service."""

import asyncio
import gzip
import logging
from collections.abc import Awaitable, Callable
from email.utils import formatdate

from starlette.requests import ClientDisconnect, Request
from starlette.types import Receive, Scope, Send

from netsuite_pipeline.emulator.account.account import EmulatedAccount
from netsuite_pipeline.emulator.account.faults import Fault
from netsuite_pipeline.emulator.account.page_faults import PAGE_FAULTS, faulty_page
from netsuite_pipeline.emulator.auth.sign_in import Session, SignIn
from netsuite_pipeline.emulator.http.broken_connections import Connections, slices
from netsuite_pipeline.emulator.http.request import IncomingRequest, client_base_url
from netsuite_pipeline.emulator.http.responses import Reply, common_headers, html_page
from netsuite_pipeline.emulator.refusal import Refusal, SignInRefused
from netsuite_pipeline.emulator.services.protocols import ServiceProtocol
from netsuite_pipeline.emulator.suiteql.errors import unsupported

Service = Callable[[EmulatedAccount, IncomingRequest, Session], Awaitable[Reply]]

SMALL = 1024
"""Bytes below which a body is not compressed."""

_log = logging.getLogger("netsuite_pipeline.emulator")
_MAINTENANCE = ("Service Unavailable", "NetSuite is undergoing maintenance. Please try again later.")
_CONNECTION_FAULTS = ("reset", "hang", "truncated", "truncated_chunked", "drip")


def compressed(body: bytes) -> bytes:
    """Compress with gzip at its fastest level."""
    return gzip.compress(body, compresslevel=1, mtime=0)


class Endpoint:
    """One service as an ASGI application.

    Args:
        account: The account of the service.
        sign_in: Records refused sign-ins; shared by all endpoints.
        protocol: Authenticates requests and writes refusals in the service's form.
        connections: The open connections, for the faults that break them.
        service: Answers authenticated requests.
        method: The only method that the service has; empty for every method.
    """

    def __init__(
        self,
        account: EmulatedAccount,
        sign_in: SignIn,
        protocol: ServiceProtocol,
        connections: Connections,
        service: Service,
        method: str,
    ) -> None:
        self._account = account
        self._sign_in = sign_in
        self._protocol = protocol
        self._connections = connections
        self._service = service
        self._method = method

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        request = await self._read(scope, receive)
        if request is None:
            return
        try:
            session = self._protocol.authenticate(request)
        except SignInRefused as cause:
            _log.info("%s %s 401 (%s)", request.method, request.path, cause.cause)
            await self._send(self._protocol.sign_in_refused(request), request, send)
            return
        except Refusal as refusal:
            await self._send(self._protocol.error(refusal), request, send)
            return
        governance = self._account.governance
        if not governance.try_enter():
            # open question 4: over the concurrency limit, the reply may look like a refused sign-in
            variant = self._account.variants.concurrency_refusal
            reply = (
                self._protocol.sign_in_refused(request)
                if variant == "401"
                else self._protocol.concurrency_refused(variant)
            )
            _log.info("%s %s %d (no slot free)", request.method, request.path, reply.status)
            await self._send(reply, request, send)
            return
        try:
            if governance.latency:
                await asyncio.sleep(governance.latency)
            fault = self._account.faults.draw(f"{request.method} {request.path}\n{_query_text(request)}")
            if fault is None:
                await self._send(
                    self._kept_for_repeat(await self._answer(request, session), request), request, send
                )
            else:
                _log.info("%s %s fault %s", request.method, request.path, fault.kind)
                await self._apply_fault(fault, request, session, scope, receive, send)
        finally:
            governance.leave()

    async def _read(self, scope: Scope, receive: Receive) -> IncomingRequest | None:
        try:
            body = await Request(scope, receive).body()
        except ClientDisconnect:
            return None
        headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
        return IncomingRequest(
            method=scope["method"],
            path=scope["raw_path"].decode("latin-1"),
            query=scope["query_string"].decode("latin-1"),
            headers=headers,
            base_url=client_base_url(headers, self._account.settings),
            body=body,
            address=scope["client"][0] if scope["client"] else "127.0.0.1",
        )

    async def _answer(self, request: IncomingRequest, session: Session) -> Reply:
        try:
            if self._method not in ("", request.method):
                # The body of a 405 is not documented.
                raise Refusal(
                    405, "METHOD_NOT_ALLOWED", f"Method {request.method} is not allowed for this resource."
                )
            reply = await self._service(self._account, request, session)
        except Refusal as refusal:
            cause = f"{refusal.code}: {refusal.detail}"
            _log.info("%s %s %d (%s)", request.method, request.path, refusal.status, cause)
            return self._protocol.error(refusal)
        except Exception:
            _log.exception("The emulator itself failed at %s %s", request.method, request.path)
            return self._protocol.server_error()
        if reply.rows is not None:
            self._account.governance.count_page(reply.rows)
        _log.info("%s %s %d", request.method, request.path, reply.status)
        return reply

    async def _apply_fault(
        self,
        fault: Fault,
        request: IncomingRequest,
        session: Session,
        scope: Scope,
        receive: Receive,
        send: Send,
    ) -> None:
        client = (str(scope["client"][0]), int(scope["client"][1]))
        if fault.kind == "reset":
            await self._connections.reset(client, receive)
        elif fault.kind == "hang":
            await self._connections.hang(client, receive, fault.seconds)
        elif fault.kind in PAGE_FAULTS:
            await self._send(await self._faulty_page(fault, request, session), request, send)
        elif fault.kind not in _CONNECTION_FAULTS:
            await self._send(self._faulty_reply(fault, request, session), request, send)
        else:
            reply = await self._answer(request, session)
            body, headers = self._encoded(reply, request)
            if fault.kind == "truncated":
                await self._connections.close_after(
                    client, receive, _head(reply.status, headers, len(body)) + body[: len(body) // 2]
                )
            elif fault.kind == "truncated_chunked":
                half = body[: max(1, len(body) // 2)]
                chunk = b"%x\r\n%s\r\n" % (len(half), half)
                await self._connections.close_after(
                    client, receive, _head(reply.status, headers, None) + chunk
                )
            else:
                await _drip(reply.status, body, headers, fault.seconds, send)

    def _kept_for_repeat(self, reply: Reply, request: IncomingRequest) -> Reply:
        """Keep a correct page, which a `repeated_page` fault may send again."""
        if reply.rows is not None:
            self._account.faults.swap_page(_select_list(request), _plain(reply))
        return reply

    async def _faulty_page(self, fault: Fault, request: IncomingRequest, session: Session) -> Reply:
        reply = await self._answer(request, session)
        if reply.rows is None:
            return reply
        body = _plain(reply)
        page = faulty_page(fault, body, self._account.faults.swap_page(_select_list(request), body))
        if page is None:
            return self._protocol.server_error()
        return Reply(reply.status, page, reply.content_type, rows=reply.rows)

    def _faulty_reply(self, fault: Fault, request: IncomingRequest, session: Session) -> Reply:
        if fault.kind == "unexpected_error":
            return self._protocol.server_error()
        if fault.kind == "unsupported_search":
            return self._protocol.error(unsupported())
        if fault.kind == "unavailable":
            return html_page(503, *_MAINTENANCE)
        if fault.kind == "bad_gateway":
            return html_page(502, "Bad Gateway", "The upstream server sent an invalid response.")
        if fault.kind == "throttled":
            return self._protocol.concurrency_refused("429")
        if fault.kind == "throttled_400":
            return self._protocol.concurrency_refused("400")
        if fault.kind == "html":
            return html_page(200, "NetSuite - Log In", "Your session has ended. Please log in.")
        self._sign_in.record_failure(request, "token_rejected", session.token)
        return self._protocol.sign_in_refused(request)

    def _encoded(self, reply: Reply, request: IncomingRequest) -> tuple[bytes, list[tuple[bytes, bytes]]]:
        body = reply.body
        headers = [
            (b"date", formatdate(self._account.clock.seconds(), usegmt=True).encode()),
            (b"content-type", reply.content_type.encode()),
            *common_headers(),
            *reply.headers,
        ]
        if not reply.ready and request.accepts_gzip and len(body) >= SMALL:
            body = compressed(body)
            headers.append((b"content-encoding", b"gzip"))
        return body, headers

    async def _send(self, reply: Reply, request: IncomingRequest, send: Send) -> None:
        body, headers = self._encoded(reply, request)
        headers.append((b"content-length", str(len(body)).encode()))
        await send({"type": "http.response.start", "status": reply.status, "headers": headers})
        await send({"type": "http.response.body", "body": body})


def _query_text(request: IncomingRequest) -> str:
    return request.body.decode("utf-8", "replace")


def _select_list(request: IncomingRequest) -> str:
    return _query_text(request).partition(" FROM ")[0]


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
    pieces = slices(body)
    for piece in pieces:
        await asyncio.sleep(seconds / len(pieces))
        await send({"type": "http.response.body", "body": piece, "more_body": True})
    await send({"type": "http.response.body", "body": b""})
