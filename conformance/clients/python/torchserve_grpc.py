# What an application does with grpcio, against a server that holds `wide` and the handler `tell`; the stubs come from this repository's own .proto sources.
import json
import sys
import threading

import grpc
from google.protobuf import descriptor_pool, empty_pb2
from google.rpc import error_details_pb2
from grpc_health.v1 import health_pb2, health_pb2_grpc
from grpc_reflection.v1alpha.proto_reflection_descriptor_database import ProtoReflectionDescriptorDatabase
from torchserve import inference_pb2, inference_pb2_grpc, management_pb2, management_pb2_grpc

inference_address, management_address, certificate, token = sys.argv[1:5]
INFERENCE = "org.pytorch.serve.grpc.inference.InferenceAPIsService"
MANAGEMENT = "org.pytorch.serve.grpc.management.ManagementAPIsService"


def channel_to(address):
    # grpcio's own limit for answers is 4 MiB.
    options = [("grpc.max_receive_message_length", 16_000_000)]
    if certificate == "-":
        return grpc.insecure_channel(address, options)
    with open(certificate, "rb") as file:
        return grpc.secure_channel(address, grpc.ssl_channel_credentials(file.read()), options)


def check(name, condition):
    print(("ok " if condition else "not ok ") + name, flush=True)
    if not condition:
        sys.exit(1)


def refused(call, *args, **options):
    try:
        call(*args, **options)
    except grpc.RpcError as error:
        return error.code().name, error.details()
    return None


channel = channel_to(inference_address)
inference = inference_pb2_grpc.InferenceAPIsServiceStub(channel)
management = management_pb2_grpc.ManagementAPIsServiceStub(channel_to(management_address))


def asked(model, **fields):
    return inference_pb2.PredictionsRequest(model_name=model, input={name: value for name, value in fields.items()})


check("ping", json.loads(inference.Ping(empty_pb2.Empty()).health) == {"status": "Healthy"})
told = json.loads(inference.Predictions(asked("tell", data=b"one", extra=b"\x00\xff")).prediction)
check("a handler gets the fields as bytes", told == {"data": "b25l", "extra": "AP8="})
check("a model of tensors takes JSON", json.loads(inference.Predictions(asked("wide", data=b"[[1.5, 2]]")).prediction) == [[1.5, 2]])
large = bytes(range(256)) * 40_000
check("ten megabytes there and back", inference.Predictions(asked("back", data=large)).prediction == large)
check("a stream of one answer", [each.prediction for each in inference.StreamPredictions(asked("back", data=b"x"))] == [b"x"])


def sequence():
    for number in range(20):
        request = asked("back", data=b"%d" % number)
        request.sequence_id = "s"
        yield request
    yield asked("none")


answers = list(inference.StreamPredictions2(sequence()))
check("a stream of requests", sorted(int(each.prediction) for each in answers if not each.HasField("status")) == list(range(20)))
[failed] = [each.status for each in answers if each.HasField("status")]
check("an error is an answer", (failed.code, failed.message) == (13, "Parameter sequenceId is required."))
detail = error_details_pb2.ErrorInfo()
check("its class is a detail", failed.details[0].Unpack(detail) and detail.reason == "BadRequestException.()")

check(
    "an unknown model",
    refused(inference.Predictions, asked("none"))
    == ("INTERNAL", "Model not found: none\norg.pytorch.serve.archive.model.ModelNotFoundException"),
)
check(
    "an unknown version",
    refused(inference.Predictions, inference_pb2.PredictionsRequest(model_name="back", model_version="9"))
    == ("INTERNAL", "Model version: 9 does not exist for model: back\norg.pytorch.serve.archive.model.ModelVersionNotFoundException"),
)
check("a request that is too long", refused(inference.Predictions, asked("back", data=b"x" * 21_000_000))[0] == "RESOURCE_EXHAUSTED")
check("a deadline", refused(inference.Predictions, asked("slow", data=b"x"), timeout=0.2)[0] == "DEADLINE_EXCEEDED")
check("a method that is not there", refused(channel.unary_unary(f"/{INFERENCE}/Nothing"), b"")[0] == "UNIMPLEMENTED")
check("a service that is not there", refused(channel.unary_unary("/none.Service/Nothing"), b"")[0] == "UNIMPLEMENTED")
check("compressed", inference.Predictions(asked("back", data=b"x" * 9000), compression=grpc.Compression.Gzip).prediction == b"x" * 9000)

finished = []


def many():
    for _ in range(25):
        finished.append(inference.Predictions(asked("back", data=b"y")).prediction)


threads = [threading.Thread(target=many) for _ in range(8)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
check("eight threads on one channel", finished == [b"y"] * 200)

models = json.loads(management.ListModels(management_pb2.ListModelsRequest(limit=100)).msg)["models"]
check("the list of models", [each["modelName"] for each in models] == ["back", "slow", "tell", "wide"])
[described] = json.loads(management.DescribeModel(management_pb2.DescribeModelRequest(model_name="back")).msg)
check("a description", described["modelName"] == "back" and described["minWorkers"] == 1)
check(
    "a description of nothing",
    refused(management.DescribeModel, management_pb2.DescribeModelRequest(model_name="none"))
    == ("NOT_FOUND", "Model not found: none\norg.pytorch.serve.archive.model.ModelNotFoundException"),
)
metadata = None if token == "-" else [("authorization", f"Bearer {token}")]
gone = management_pb2.UnregisterModelRequest(model_name="tell")
if metadata:
    check("a change without the token", refused(management.UnregisterModel, gone)[0] == "PERMISSION_DENIED")
scaled = management.ScaleWorker(management_pb2.ScaleWorkerRequest(model_name="back", min_worker=2, synchronous=True), metadata=metadata)
check("scaled", scaled.msg == "Workers scaled to 2 for model: back")
check("unregistered", management.UnregisterModel(gone, metadata=metadata).msg == 'Model "tell" unregistered')
check("gone", refused(inference.Predictions, asked("tell", data=b"x"))[0] in ("INTERNAL", "UNAVAILABLE"))
again = management_pb2.RegisterModelRequest(url="tell.mar", synchronous=True)
check("registered", management.RegisterModel(again, metadata=metadata).msg.startswith('Model "tell" Version: 1.0 registered'))
check("there again", b"b25l" in inference.Predictions(asked("tell", data=b"one")).prediction)

health = health_pb2_grpc.HealthStub(channel)
for service in ("", INFERENCE):
    check(f"health of '{service}'", health.Check(health_pb2.HealthCheckRequest(service=service)).status == health_pb2.HealthCheckResponse.SERVING)
check("health of nothing", refused(health.Check, health_pb2.HealthCheckRequest(service="none"))[0] == "NOT_FOUND")
watch = health.Watch(health_pb2.HealthCheckRequest(service=INFERENCE))
check("health watched", next(watch).status == health_pb2.HealthCheckResponse.SERVING)
watch.cancel()

database = ProtoReflectionDescriptorDatabase(channel)
check("reflection lists services", INFERENCE in database.get_services() and "grpc.health.v1.Health" in database.get_services())
found = descriptor_pool.DescriptorPool(database).FindServiceByName(INFERENCE)
check("reflection describes them", [each.name for each in found.methods] == ["Ping", "Predictions", "StreamPredictions", "StreamPredictions2"])
other = ProtoReflectionDescriptorDatabase(channel_to(management_address))
check("reflection of the other listener", MANAGEMENT in other.get_services())
print("done")
