// All requests of the differential run, in the order in which they are sent.
import type { Row } from "../row.ts";
import { generalRows } from "./general.ts";
import { grpcGuardedRows } from "./grpc-guarded.ts";
import { grpcManagementRows } from "./grpc-management.ts";
import { grpcOpenInferenceRows } from "./grpc-open-inference.ts";
import { grpcPredictionRows } from "./grpc-predictions.ts";
import { guardedRows } from "./guarded.ts";
import { handlerRows } from "./handlers.ts";
import { kserveRows } from "./kserve.ts";
import { measuringRows } from "./measuring.ts";
import { parallelRows } from "./parallel.ts";
import { predictionRows } from "./predictions.ts";
import { readingRows } from "./reading.ts";
import { registeringRows } from "./registering.ts";
import { scalingRows } from "./scaling.ts";
import { schedulingRows } from "./scheduling.ts";
import { workflowRows } from "./workflows.ts";

export interface RowGroup {
  readonly title: string;
  readonly rows: readonly Row[];
}

/** `picture` is a PNG file. */
export function rowGroups(picture: string): readonly RowGroup[] {
  return [
    { title: "Paths, methods and HTTP", rows: generalRows },
    { title: "Lists and descriptions", rows: readingRows },
    { title: "Predictions", rows: predictionRows(picture) },
    { title: "What handlers say", rows: handlerRows },
    { title: "KServe and SageMaker", rows: kserveRows },
    { title: "Registering", rows: registeringRows },
    { title: "Workers and versions", rows: scalingRows },
    { title: "Workflows", rows: workflowRows },
    { title: "Batches, queues and sequences", rows: schedulingRows },
    { title: "gRPC, predictions", rows: grpcPredictionRows },
    { title: "gRPC, management", rows: grpcManagementRows },
    { title: "gRPC, Open Inference", rows: grpcOpenInferenceRows },
    { title: "Metrics", rows: measuringRows },
    { title: "Tokens and the model API", rows: guardedRows },
    { title: "gRPC, tokens and the model API", rows: grpcGuardedRows },
    { title: "Workers of several ranks", rows: parallelRows },
  ];
}
