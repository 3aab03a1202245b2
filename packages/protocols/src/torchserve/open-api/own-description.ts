// What both descriptions say of the server and of themselves.
import { json, type Operation, object, type Paths, refusals } from "./document.ts";

/** The version of TorchServe that is stood in for: what clients compare. */
export const originalVersion = "0.12.0";

export const serverInfo = {
  title: "TorchServe APIs",
  description: "TorchServe's calls as this server answers them.",
  version: originalVersion,
};

const description = object({ openapi: { type: "string" }, info: { type: "object" }, paths: { type: "object" } });

const operation: Operation = {
  ...{ description: "This document.", operationId: "apiDescription", parameters: [] },
  responses: { 200: { description: "An OpenAPI 3.0.1 document", ...json(description) }, ...refusals(500) },
};

export const descriptionPaths: Paths = {
  "/": { options: operation },
  "/api-description": { get: { ...operation, deprecated: true } },
};
