// TorchServe's management API over gRPC: what HTTP's answers say, as text in a message.
import { InferenceError, type ModelSpec } from "@sealserve/inference";
import {
  ManagementAPIsService,
  type RegisterModelRequest,
  type ScaleWorkerRequest,
} from "../../generated/torchserve/management_pb.ts";
import { type GrpcCall, type GrpcProtocol, unary } from "../../grpc/protocol.ts";
import { ChangeAnswers } from "../change-answers.ts";
import type { ChangeResult } from "../change-codec.ts";
import { jsonText } from "../json-reply.ts";
import { ManagementAnswers, type ManagementParts } from "../management-answers.ts";
import type { RegisterArguments, ScaleArguments } from "../management-changes.ts";
import { type AuthorizeParts, admitBy } from "./authorize.ts";
import { managementStatus, modelApiDisabled, refusalOf } from "./refusals.ts";

export interface GrpcManagementParts extends ManagementParts, AuthorizeParts {
  /** Whether the process as a whole may take requests. */
  ready(): boolean;
}

/** Models on a page where the request says nothing. */
const pageLimit = 100;

const { describeModel, listModels, registerModel, scaleWorker, setDefault, unregisterModel } =
  ManagementAPIsService.method;

export function torchserveGrpcManagement(parts: GrpcManagementParts): GrpcProtocol {
  const answers = new ManagementAnswers(parts);
  const changes = parts.changes && new ChangeAnswers(parts.service, parts.changes);
  const change = async (act: (changes: ChangeAnswers) => Promise<ChangeResult>, isOn = true) => {
    if (!changes || !isOn) throw modelApiDisabled();
    const result = await act(changes);
    if ("type" in result) throw refusalOf(result);
    return { msg: result.status };
  };
  return {
    name: "torchserve.grpcManagement",
    methods: [
      unary("describeModel", describeModel, async ({ modelName: name, modelVersion: version, customized }, call) => {
        const asked = version === "" ? { name, customized } : { name, version, customized };
        return { msg: jsonText(await answers.describeModel(asked, call)) };
      }),
      unary("listModels", listModels, async ({ limit, nextPageToken }) => {
        const asked = { limit: inside(limit), nextPageToken: Math.max(0, nextPageToken) };
        return { msg: jsonText(await answers.listModels(asked)) };
      }),
      unary("registerModel", registerModel, (request, call) =>
        change((to) => to.register(registerArguments(request), context(call)), parts.modelApi),
      ),
      unary("scaleModel", scaleWorker, (request, call) =>
        change((to) => to.scale(scaleArguments(request), context(call))),
      ),
      unary("setDefault", setDefault, (request, call) => change((to) => to.setDefault(specOf(request), context(call)))),
      unary("unregisterModel", unregisterModel, (request, call) =>
        change((to) => {
          // The original's words, though it is the name that is missing.
          if (request.modelName === "") throw malformed("Parameter url is required.");
          return to.unregister(specOf(request), context(call));
        }, parts.modelApi),
      ),
    ],
    ready: parts.ready,
    refuse: managementStatus,
    ...admitBy("management", parts),
  };
}

function registerArguments(request: RegisterModelRequest): RegisterArguments {
  const { url, modelName, handler, runtime, synchronous } = request;
  const { batchSize, maxBatchDelay, initialWorkers, responseTimeout, startupTimeout } = request;
  if (url === "") throw malformed("Parameter url is required.");
  return {
    ...{ url, synchronous },
    ...(modelName === "" ? {} : { modelName }),
    ...(handler === "" ? {} : { handler }),
    ...(runtime === "" ? {} : { runtime }),
    ...(batchSize > 0 ? { batchSize } : {}),
    ...(maxBatchDelay > 0 ? { maxBatchDelay } : {}),
    ...(initialWorkers > 0 ? { initialWorkers } : {}),
    ...(responseTimeout > 0 ? { responseTimeout } : {}),
    ...(startupTimeout > 0 ? { startupTimeout } : {}),
  };
}

function scaleArguments(request: ScaleWorkerRequest): ScaleArguments {
  const minWorker = request.minWorker > 0 ? request.minWorker : 1;
  const maxWorker = request.maxWorker > 0 ? request.maxWorker : minWorker;
  if (maxWorker < minWorker) throw malformed("max_worker cannot be less than min_worker.");
  return { model: specOf(request), minWorker, maxWorker, synchronous: request.synchronous };
}

function specOf({ modelName: name, modelVersion: version }: Record<"modelName" | "modelVersion", string>): ModelSpec {
  return version === "" ? { name } : { name, version };
}

function inside(limit: number): number {
  return limit > 0 && limit <= pageLimit ? limit : pageLimit;
}

function context({ signal, channel, peer }: GrpcCall) {
  return { signal, ...(channel ? { channel } : {}), ...(peer === undefined ? {} : { peer }) };
}

function malformed(problem: string): InferenceError {
  return new InferenceError("malformed", { problem });
}
