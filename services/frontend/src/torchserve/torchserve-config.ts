// TorchServe's part of the frontend's configuration: where its listeners live, and what they answer.
import { addressSetting, duration } from "@sealserve/server";
import { z } from "zod";

const header = z
  .string()
  .regex(/^[\t\x20-\x7e\x80-\xff]+$/, { error: "the value of an HTTP header" })
  .optional();

const connectionAge = z
  .strictObject({
    /** How old a connection becomes before its client is told to connect anew; null: as old as it likes. */
    maxAge: duration
      .refine((age) => age > 0, { error: "longer than 0" })
      .nullable()
      .default(null),
    /** How long calls that are open then may go on; null: until they end. */
    maxAgeGrace: duration.nullable().default(null),
  })
  .prefault({});

export const torchserveSetting = z
  .strictObject({
    inference: addressSetting.default(8080),
    management: addressSetting.default(8081),
    metrics: addressSetting.default(8082),
    grpcInference: addressSetting.default(7070),
    grpcManagement: addressSetting.default(7071),
    grpcConnections: z.strictObject({ inference: connectionAge, management: connectionAge }).prefault({}),
    /** Whether models can be registered and unregistered; scaling and the choice of a default are as `management.changes` says. */
    modelApi: z.boolean().default(true),
    /** Workers of a model that is registered without a number of them, as many as any model may have; null: as its archive says. */
    defaultWorkers: z.int().min(0).max(1024).nullable().default(null),
    /** `/v2` and `/v2/health` on the inference listener, in TorchServe's words. */
    openInferenceProtocol: z.boolean().default(false),
    /** Headers for browsers, on every answer; null: none. */
    cors: z.strictObject({ origin: header, methods: header, headers: header }).nullable().default(null),
    /** Tokens that every call has to show, as TorchServe gives them; null: none. */
    tokens: z
      .strictObject({
        /** Where callers find them: written at the start, and removed at the end. */
        keyFile: z.string().min(1),
        /** How long a token for inference or management holds; 0: as long as the process runs. */
        expiration: duration.default(3_600_000),
      })
      .nullable()
      .default(null),
    /** Whether the metrics tell of processors, memory and disks. */
    systemMetrics: z.boolean().default(true),
    /** Whether the metrics, too, ask for a token, that for management. */
    protectMetrics: z.boolean().default(false),
  })
  .refine(({ tokens, protectMetrics }) => tokens !== null || !protectMetrics, {
    path: ["protectMetrics"],
    error: "false where there are no tokens to show (protocols.torchserve.tokens)",
  })
  .prefault({});

export type TorchserveConfig = z.infer<typeof torchserveSetting>;
