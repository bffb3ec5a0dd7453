"""moto on a free loopback port, repaired where it differs from AWS.

Prints its address and serves until its standard input closes, so that it ends with whoever started it.
"""

import os
import sys
import threading

import moto_cbor
import moto_repairs
from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app
from werkzeug.serving import WSGIRequestHandler, make_server


class Quiet(WSGIRequestHandler):
    # Keeps connections open, as AWS does.
    protocol_version = "HTTP/1.1"

    def log_request(self, *_):
        pass


def main():
    moto_repairs.repair()
    application = moto_cbor.Translated(DomainDispatcherApplication(create_backend_app))
    server = make_server("127.0.0.1", 0, application, threaded=True, request_handler=Quiet)
    os.environ["MOTO_PORT"] = str(server.server_port)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    print(f"http://127.0.0.1:{server.server_port}", flush=True)
    sys.stdin.read()
    os._exit(0)


main()
