"""A token endpoint built with Authlib, as an independent verifier of assertions.

The first line of standard input is the configuration (JSON). The server exits at the end of standard
input. The first line of standard output contains the listen address (JSON).
"""

import base64
import json
import os
import sys
import threading
import time
import warnings

from flask import Flask, jsonify, request
from werkzeug.serving import WSGIRequestHandler, make_server

from clients import Registry
from grants import authorization_server

real_time = time.time


class Handler(WSGIRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_request(self, *args, **kwargs):
        pass


def decoded(assertion):
    """Returns header and claims of an assertion without verification, or None if it is not a JWT."""
    try:
        parts = assertion.split(".")
        header, claims = (
            json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))) for part in parts[:2]
        )
        return {"header": header, "claims": claims}
    except (AttributeError, ValueError):
        return None


def entry_of(registry, response):
    """Returns the ledger entry of a token request."""
    form = request.form
    assertion = form.get("assertion") or form.get("client_assertion")
    jwt = decoded(assertion)
    body = response.get_json(silent=True) or {}
    client = None
    if jwt and isinstance(jwt["claims"], dict):
        client = registry.by_issuer.get(jwt["claims"].get("iss"))
    return {
        "time": real_time(),
        "grantType": form.get("grant_type"),
        "parameters": sorted(form.keys()),
        "scope": form.get("scope"),
        "clientId": form.get("client_id"),
        "authorization": (request.headers.get("Authorization") or "").split(" ")[0] or None,
        "contentType": request.headers.get("Content-Type"),
        "assertion": assertion,
        "header": jwt and jwt["header"],
        "claims": jwt and jwt["claims"],
        "registeredThumbprints": client and client.thumbprints,
        "status": response.status_code,
        "error": body.get("error"),
        "errorDescription": body.get("error_description"),
        "errorDetail": None,
        "accessToken": body.get("access_token"),
    }


def application(config, registry):
    """Returns the Flask application: the token endpoint and the ledger of its requests."""
    app = Flask("authlib-server")
    server = authorization_server(app, config, registry)
    ledger = []

    @app.post("/token")
    def token():
        response = server.create_token_response()
        if config.get("omitExpiresIn"):
            body = response.get_json()
            body.pop("expires_in", None)
            response.set_data(json.dumps(body))
        ledger.append(entry_of(registry, response))
        return response

    @app.get("/ledger")
    def entries():
        return jsonify(ledger)

    return app


def end_with_standard_input():
    while sys.stdin.buffer.read(4096):
        pass
    os._exit(0)


def main():
    warnings.simplefilter("ignore")
    config = json.loads(sys.stdin.buffer.readline())
    offset = config.get("clockOffsetSeconds", 0)
    # The exp check, issued tokens and the HTTP Date header use the same clock.
    time.time = lambda: real_time() + offset
    listener = make_server("127.0.0.1", 0, lambda *_: [], threaded=True, request_handler=Handler)
    issuer = f"http://127.0.0.1:{listener.port}"
    config["issuer"] = config.get("issuer") or issuer
    config["audiences"] = config.get("audiences") or [issuer + "/token", config["issuer"]]
    listener.app = application(config, Registry(config.get("clients", [])))
    threading.Thread(target=end_with_standard_input, daemon=True).start()
    ready = {"issuer": config["issuer"], "tokenEndpoint": issuer + "/token", "ledger": issuer + "/ledger"}
    print(json.dumps(ready), flush=True)
    listener.serve_forever()


if __name__ == "__main__":
    main()
