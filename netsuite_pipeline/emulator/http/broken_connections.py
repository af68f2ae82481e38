"""Connection faults: resets, truncated replies, slow replies."""

import asyncio
import os
import socket
import struct
from typing import Any

from starlette.types import Receive
from uvicorn.protocols.http.auto import AutoHTTPProtocol

_SLICES = 20


class Connections:
    """The open connections by client address, for faults below HTTP."""

    def __init__(self) -> None:
        self._transports: dict[tuple[str, int], asyncio.Transport] = {}

    def protocol_class(self) -> type[asyncio.Protocol]:
        """Return uvicorn's own protocol class, extended to register its connections here."""
        transports = self._transports

        def connection_made(protocol: Any, transport: asyncio.Transport) -> None:
            AutoHTTPProtocol.connection_made(protocol, transport)
            transports[_client(transport)] = transport

        def connection_lost(protocol: Any, error: Exception | None) -> None:
            for address, transport in list(transports.items()):
                if transport is protocol.transport:
                    del transports[address]
            AutoHTTPProtocol.connection_lost(protocol, error)

        return type(
            "TrackedProtocol",
            (AutoHTTPProtocol,),
            {"connection_made": connection_made, "connection_lost": connection_lost},
        )

    async def reset(self, client: tuple[str, int], receive: Receive) -> None:
        """End a connection with a TCP reset."""
        transport = self._transports.get(client)
        if transport is not None:
            descriptor = os.dup(transport.get_extra_info("socket").fileno())
            with socket.socket(fileno=descriptor) as same:
                # With a linger time of zero, closing sends a reset.
                same.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            transport.abort()
        await _until_gone(receive)

    async def close_after(self, client: tuple[str, int], receive: Receive, sent: bytes = b"") -> None:
        """Send raw bytes, then close the connection as after a complete reply."""
        transport = self._transports.get(client)
        if transport is not None:
            transport.write(sent)
            transport.close()
        await _until_gone(receive)

    async def hang(self, client: tuple[str, int], receive: Receive, seconds: float) -> None:
        """Stay silent, then close the connection; return early when the client disconnects."""
        try:
            await asyncio.wait_for(_until_gone(receive), seconds)
        except TimeoutError:
            await self.close_after(client, receive)
        except asyncio.CancelledError:
            # The server stops: the client gets a lost connection, not a reply.
            transport = self._transports.get(client)
            if transport is not None:
                transport.abort()
            raise


def slices(body: bytes) -> list[bytes]:
    """Cut a body into the pieces of a slow reply.

    Example:
        >>> len(slices(b"x" * 100)), b"".join(slices(b"abc"))
        (20, b'abc')
    """
    size = max(1, -(-len(body) // _SLICES))
    return [body[start : start + size] for start in range(0, len(body), size)]


def _client(transport: asyncio.Transport) -> tuple[str, int]:
    host, port = transport.get_extra_info("peername")[:2]
    return str(host), int(port)


async def _until_gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
