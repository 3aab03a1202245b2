// What management tells without changing anything: lists, pages and descriptions.
import { type Row, rowsOn } from "../row.ts";

const management = rowsOn("management");

export const readingRows: readonly Row[] = [
  management("all models", "GET /models"),
  management("all models, a slash at the end", "GET /models/"),
  management("all models by HEAD", "HEAD /models", {
    differs: "whatever GET answers HEAD answers, too (RFC 9110, section 9.3.2)",
  }),
  management("the first page", "GET /models?limit=2"),
  management("the second page", "GET /models?limit=2&next_page_token=2"),
  management("a page that ends with the last", "GET /models?limit=13"),
  management("the page behind it", "GET /models?limit=13&next_page_token=13"),
  management("a page far behind the last", "GET /models?next_page_token=99"),
  management("a limit of 0", "GET /models?limit=0"),
  management("a limit below 0", "GET /models?limit=-1"),
  management("a limit above 100", "GET /models?limit=101&next_page_token=1"),
  management("a limit that is no number", "GET /models?limit=x"),
  management("a token that is no number", "GET /models?next_page_token=x"),
  management("a token below 0", "GET /models?next_page_token=-1"),
  ...["echo", "inspect", "batched", "slow", "impatient", "ticket", "counts", "residual"].map((model) =>
    management(`the description of ${model}`, `GET /models/${model}`),
  ),
  management("the description of a version", "GET /models/inspect/3.1"),
  management("of all versions", "GET /models/inspect/all"),
  management("of an unknown version", "GET /models/inspect/1.0"),
  management("of an unknown model", "GET /models/nothing"),
  management("of an unknown model's version", "GET /models/nothing/1.0"),
  management("of all versions of an unknown model", "GET /models/nothing/all"),
  management("of more than a version", "GET /models/inspect/3.1/more"),
  management("a model's OPTIONS", "OPTIONS /models/echo", {
    keysOnly: true,
    differs: "the document tells the calls of this server, in its own words",
  }),
  management("the handler's own description", "GET /models/linear-eager?customized=true"),
  management("of a version", "GET /models/linear-eager/1.0?customized=true"),
  management("customized=false", "GET /models/linear-eager?customized=false"),
  management("the own description of a handler that has none", "GET /models/upper?customized=true"),
];
