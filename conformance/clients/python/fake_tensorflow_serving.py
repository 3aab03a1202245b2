# Speaks on the wire as TensorFlow Serving does, over gRPC and over HTTP, and gives back what it gets: the messages are the proxy's business, not their contents.
import json
import sys
import threading
from concurrent import futures
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import grpc

grpc_port, http_port = int(sys.argv[1]), int(sys.argv[2])


def predict(request, context):
    context.send_initial_metadata((("x-seen-authorization", dict(context.invocation_metadata()).get("authorization", "none")),))
    context.set_trailing_metadata((("x-served", "yes"), ("x-detail-bin", b"\x00\xff")))
    if request == b"nothing":
        context.abort(grpc.StatusCode.NOT_FOUND, "Servable not found for request: Latest(nothing) – ü")
    if request == b"slow":
        gone = threading.Event()
        context.add_callback(gone.set)
        cancelled.append(gone)
        gone.wait(30)
    return request


cancelled = []


class Methods(grpc.GenericRpcHandler):
    def service(self, details):
        methods = {
            "/tensorflow.serving.PredictionService/Predict": predict,
            "/tensorflow.serving.PredictionService/Cancelled": lambda request, context: str(sum(gone.is_set() for gone in cancelled)).encode(),
            "/tensorflow.serving.ModelService/GetModelStatus": lambda request, context: b"AVAILABLE",
            "/tensorflow.serving.ModelService/HandleReloadConfigRequest": lambda request, context: b"reloaded",
        }
        method = methods.get(details.method)
        return method and grpc.unary_unary_rpc_method_handler(method)


class Rest(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def reply(self, value):
        body = json.dumps(value).encode()
        self.send_response(200)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_GET(self):
        self.reply({"path": self.path})

    def do_POST(self):
        self.reply({"path": self.path, "predictions": json.loads(self.rfile.read(int(self.headers["content-length"])))["instances"]})


large = [("grpc.max_receive_message_length", -1), ("grpc.max_send_message_length", -1)]
server = grpc.server(futures.ThreadPoolExecutor(16), handlers=(Methods(),), options=large)
server.add_insecure_port(f"127.0.0.1:{grpc_port}")
server.start()
ThreadingHTTPServer(("127.0.0.1", http_port), Rest).serve_forever()
