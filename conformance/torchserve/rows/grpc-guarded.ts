// gRPC of a server with tokens on, the model API off, and one model.
import {
  GRPCInferenceService,
  InferenceAPIsService,
  ManagementAPIsService,
} from "@sealserve/protocols/torchserve-grpc";
import { callsOn, type Row } from "../row.ts";

const { ping, predictions, streamPredictions, streamPredictions2 } = InferenceAPIsService.method;
const { describeModel, listModels, registerModel, scaleWorker, setDefault, unregisterModel } =
  ManagementAPIsService.method;
const inference = callsOn("grpcInference", { server: "guarded" });
const management = callsOn("grpcManagement", { server: "guarded" });

const bearer = (key: string) => ({ headers: { authorization: `Bearer ${key}` } });
const byToken = bearer("{management}");
const echo = { modelName: "echo", input: { data: Buffer.from("a") } };

export const grpcGuardedRows: readonly Row[] = [
  inference("ping without a token", ping, {}),
  inference("ping with the inference token", ping, {}, bearer("{inference}")),
  inference("ping with the management token", ping, {}, bearer("{management}")),
  inference("a wrong token", ping, {}, bearer("AAAAAAAA")),
  inference("another scheme", ping, {}, { headers: { authorization: "Basic {inference}" } }),
  inference("a prediction without a token", predictions, echo),
  inference("a prediction with its token", predictions, echo, bearer("{inference}")),
  inference("parts without a token", streamPredictions, echo),
  inference("a sequence without a token", streamPredictions2, [{ ...echo, sequenceId: "s" }]),
  inference("Open Inference is off", GRPCInferenceService.method.serverLive, {}, bearer("{inference}")),
  management("a list without a token", listModels, { limit: 1 }),
  management("a list with the management token", listModels, { limit: 1 }, byToken),
  management("a list with the inference token", listModels, { limit: 1 }, bearer("{inference}")),
  management("a description with its token", describeModel, { modelName: "echo" }, byToken),
  management("registering while the model API is off", registerModel, { url: "upper.mar" }, byToken),
  management("unregistering while the model API is off", unregisterModel, { modelName: "echo" }, byToken),
  management("registering without a token", registerModel, { url: "upper.mar" }),
  management(
    "scaling while the model API is off",
    scaleWorker,
    { modelName: "echo", minWorker: 1, synchronous: true },
    byToken,
  ),
  management("the default while the model API is off", setDefault, { modelName: "echo", modelVersion: "1.0" }, byToken),
];
