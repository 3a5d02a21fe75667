"""Serves scim2-server on a free loopback port until standard input ends.

The first line of standard output is the port. Standard input is a pipe that the
parent holds open: it ends when the parent ends, for whatever reason. Each first
segment of the path is a service of its own, made by the first request to it; one
whose name begins with "put" does not implement PATCH.
"""

import os
import sys
import threading
from wsgiref.simple_server import WSGIRequestHandler, make_server

from scim2_models import ScimProvider
from scim2_server.applications.wsgi import TenantDispatcher
from scim2_server.memory import InMemoryStorage
from scim2_server.service import ScimService
from scim2_server.testserver.application import BEARER_TOKEN_SCHEME, BearerTokenApplication
from scim2_server.testserver.cli import ThreadingWSGIServer
from scim2_server.utils import (
    load_default_resource_types,
    load_default_schemas,
    load_default_service_provider_config,
)


class Handler(WSGIRequestHandler):
    """Answers without a line in the log."""

    def log_message(self, *args):
        pass


def application(tenant):
    config = load_default_service_provider_config()
    config.authentication_schemes = [BEARER_TOKEN_SCHEME]
    config.patch.supported = not tenant.startswith("put")
    provider = ScimProvider.from_discovery(
        load_default_schemas().values(),
        load_default_resource_types().values(),
        config=config,
    )
    return BearerTokenApplication(
        InMemoryStorage(), provider, service=ScimService(provider), bearer_tokens=["token"]
    )


def exit_with_parent():
    sys.stdin.buffer.read()
    os._exit(0)


def main():
    threading.Thread(target=exit_with_parent, daemon=True).start()
    server = make_server(
        "127.0.0.1", 0, TenantDispatcher(application), server_class=ThreadingWSGIServer, handler_class=Handler
    )
    print(server.server_port, flush=True)
    server.serve_forever()


main()
