"""Connects to targets by SSH: to allowed addresses, with the pinned host key and the target's own key, nothing else.

No setting, key or agent of the user that automation runs as is used, and nothing is forwarded.
"""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import asyncssh

from services.automation.targets.target import Target
from shared.outside.outbound import Network, Refused, Resolver, Unreachable, resolve_allowed, system_resolver

CONNECT_SECONDS = 5.0
"""To one address."""
LOGIN_SECONDS = 15.0
"""For the handshake, the proof of the host's key and the login."""
KEEPALIVE_SECONDS, MOST_SILENT = 5, 3
"""A machine that answers nothing for so often so long is lost."""


class Unconnected(StrEnum):
    """Why there is no connection."""

    REFUSED_ADDRESS = "refused_address"
    UNREACHABLE = "unreachable"
    TIMED_OUT = "timed_out"
    HOST_KEY_CHANGED = "host_key_changed"
    NOT_LOGGED_IN = "not_logged_in"
    NO_KEY = "no_key"


class NoConnection(Exception):
    """Nothing was run; the message is one sentence for people."""

    def __init__(self, why: Unconnected, detail: str) -> None:
        super().__init__(detail)
        self.why = why


@dataclass(frozen=True, slots=True)
class SshClient:
    """Makes connections; `allow` are the networks that may be reached besides public ones."""

    allow: Sequence[Network] = ()
    resolve: Resolver = system_resolver
    connect_seconds: float = CONNECT_SECONDS
    login_seconds: float = LOGIN_SECONDS

    async def connect(self, target: Target, private_key: str | None) -> asyncssh.SSHClientConnection:
        """A connection on which the target's user is logged in. Raises `NoConnection`.

        `private_key` is None where the target names an agent.
        """
        where = f"{target.host}:{target.port}"
        link = await self._reach(target, where)
        is_in = False
        try:
            async with asyncio.timeout(self.login_seconds):
                connection = await _log_in(target, private_key, link)
            is_in = True
            return connection
        except TimeoutError as error:
            raise NoConnection(Unconnected.TIMED_OUT, f"{where} did not finish the handshake in time") from error
        except (asyncssh.HostKeyNotVerifiable, asyncssh.KeyExchangeFailed) as error:
            detail = f"{where} does not show the host key that is registered: nobody was logged in"
            raise NoConnection(Unconnected.HOST_KEY_CHANGED, detail) from error
        except asyncssh.PermissionDenied as error:
            detail = f"{where} does not let {target.user} in with this key"
            raise NoConnection(Unconnected.NOT_LOGGED_IN, detail) from error
        except (OSError, asyncssh.Error, ValueError) as error:
            detail = f"{where} speaks no SSH with us: {type(error).__name__}"
            raise NoConnection(Unconnected.UNREACHABLE, detail) from error
        finally:
            if not is_in:
                link.close()

    async def _reach(self, target: Target, where: str) -> socket.socket:
        """A TCP connection to one of the addresses that are allowed. Raises `NoConnection`."""
        try:
            addresses = await resolve_allowed(target.host, target.port, self.allow, self.resolve)
        except Refused as error:
            raise NoConnection(Unconnected.REFUSED_ADDRESS, str(error)) from error
        except Unreachable as error:
            raise NoConnection(Unconnected.UNREACHABLE, str(error)) from error
        failure = NoConnection(Unconnected.UNREACHABLE, f"{target.host} has no address")
        for address in addresses:
            try:
                return await _connect(address, target.port, self.connect_seconds)
            except TimeoutError:
                failure = NoConnection(Unconnected.TIMED_OUT, f"{where} takes no connection in time")
            except OSError as error:
                failure = NoConnection(Unconnected.UNREACHABLE, f"{where}: {error.strerror or error}")
        raise failure


async def _connect(address: str, port: int, seconds: float) -> socket.socket:
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    link = socket.socket(family, socket.SOCK_STREAM)
    link.setblocking(False)
    try:
        async with asyncio.timeout(seconds):
            await asyncio.get_running_loop().sock_connect(link, (address, port))
    except BaseException:
        link.close()
        raise
    return link


async def _log_in(target: Target, private_key: str | None, link: socket.socket) -> asyncssh.SSHClientConnection:
    host_key = asyncssh.import_public_key(target.host_key)
    options: dict[str, Any] = {
        "config": None,
        "known_hosts": ([host_key], [], []),
        "server_host_key_algs": [one.decode() for one in host_key.sig_algorithms if one != b"ssh-rsa"],
        "username": target.user,
        "preferred_auth": ["publickey"],
        "agent_path": None,
        "agent_forwarding": False,
        "gss_host": None,
        "keepalive_interval": KEEPALIVE_SECONDS,
        "keepalive_count_max": MOST_SILENT,
        "sock": link,
    }
    if private_key is not None:
        return await asyncssh.connect(client_keys=[asyncssh.import_private_key(private_key)], **options)
    try:
        agent = await asyncssh.connect_agent(target.agent_socket or "")
    except (OSError, asyncssh.Error) as error:
        raise NoConnection(Unconnected.NO_KEY, f"no SSH agent answers at {target.agent_socket}") from error
    try:
        keys = list(await agent.get_keys())
        if not keys:
            raise NoConnection(Unconnected.NO_KEY, f"the SSH agent at {target.agent_socket} has no key")
        return await asyncssh.connect(client_keys=keys, **options)
    finally:
        agent.close()
