"""moto 5.2.1 does not speak Smithy's RPC v2 CBOR, the only protocol of the SDKs for CloudWatch.

What comes in CBOR reaches moto as JSON, which it does speak; the answer goes back as CBOR, typed by AWS's own model.
"""

import io
import json

import botocore.session
from botocore.parsers import RpcV2CBORParser
from botocore.serialize import RpcV2CBORSerializer

MODEL = botocore.session.get_session().get_service_model("cloudwatch")
PREFIX = "/service/" + MODEL.metadata["targetPrefix"] + "/operation/"


class Translated:
    def __init__(self, application):
        self.application = application

    def __call__(self, environ, start_response):
        path = environ["PATH_INFO"]
        if not path.startswith(PREFIX):
            return self.application(environ, start_response)
        operation = path.removeprefix(PREFIX)
        body = json.dumps(decoded(environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))), default=str).encode()
        environ.update(
            {
                "PATH_INFO": "/",
                "CONTENT_TYPE": "application/x-amz-json-1.0",
                "CONTENT_LENGTH": str(len(body)),
                "HTTP_X_AMZ_TARGET": f"{MODEL.metadata['targetPrefix']}.{operation}",
                "wsgi.input": io.BytesIO(body),
            }
        )
        environ.pop("HTTP_SMITHY_PROTOCOL", None)
        answer = {}

        def started(status, headers, *_):
            answer.update(status=status, headers=headers)

        answered = json.loads(b"".join(self.application(environ, started)) or b"{}")
        good = answer["status"].startswith("2")
        content = encoded(answered, MODEL.operation_model(operation).output_shape if good else None)
        mine = ("content-type", "content-length", "smithy-protocol")
        headers = [(name, value) for name, value in answer["headers"] if name.lower() not in mine]
        headers += [("Content-Type", "application/cbor"), ("Content-Length", str(len(content))), ("smithy-protocol", "rpc-v2-cbor")]
        start_response(answer["status"], headers)
        return [content]


def decoded(body):
    return RpcV2CBORParser().parse_data_item(io.BufferedReader(io.BytesIO(body))) if body else {}


def encoded(value, shape):
    serializer = RpcV2CBORSerializer()
    content = bytearray()
    if shape is not None:
        serializer._serialize_data_item(content, value, shape)
    elif not value:
        content.append(0xA0)
    else:
        # An error: its type and its text.
        content.append(0xA0 + len(value))
        for text in (text for pair in value.items() for text in pair):
            serializer._serialize_type_string(content, str(text), None, None)
    return bytes(content)
