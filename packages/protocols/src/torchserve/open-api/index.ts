// What the listeners answer, as OpenAPI documents.
export type { OpenApi } from "./document.ts";
export { inferenceDescription, predictionDescription } from "./inference-description.ts";
export { managementDescription, modelDescription } from "./management-description.ts";
export { originalVersion } from "./own-description.ts";
