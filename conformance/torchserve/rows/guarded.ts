// A server with tokens on, the model API off, one model and CORS.
import { type Row, rowsOn, typed } from "../row.ts";

const ownDescription = {
  keysOnly: true,
  differs: "the document tells the calls of this server, in its own words",
};
const inference = rowsOn("inference", { server: "guarded" });
const management = rowsOn("management", { server: "guarded" });
const metrics = rowsOn("metrics", { server: "guarded" });
const bearer = (key: string): { readonly headers: Readonly<Record<string, string>> } => ({
  headers: { Authorization: `Bearer ${key}` },
});
const text = (key: string) => ({
  headers: { ...bearer(key).headers, "Content-Type": "text/plain" },
  body: "hello",
});

export const guardedRows: readonly Row[] = [
  inference("ping without a token", "GET /ping"),
  inference("ping with the inference token", "GET /ping", bearer("{inference}")),
  inference("ping with the management token", "GET /ping", bearer("{management}")),
  inference("ping with the API key", "GET /ping", bearer("{API}")),
  inference("a wrong token", "GET /ping", bearer("AAAAAAAA")),
  inference("an empty token", "GET /ping", bearer("")),
  inference("another scheme", "GET /ping", { headers: { Authorization: "Basic {inference}" } }),
  inference("bearer in small letters", "GET /ping", { headers: { Authorization: "bearer {inference}" } }),
  inference("two spaces", "GET /ping", { headers: { Authorization: "Bearer  {inference}" } }),
  inference("something behind the token", "GET /ping", { headers: { Authorization: "Bearer {inference} more" } }),
  inference("a prediction without a token", "POST /predictions/echo", typed("text/plain", "hello")),
  inference("a prediction with its token", "POST /predictions/echo", text("{inference}")),
  inference("a prediction with management's token", "POST /predictions/echo", text("{management}")),
  inference("an unknown path without a token", "GET /nowhere"),
  inference("an unknown path with a token", "GET /nowhere", bearer("{inference}")),
  inference("an unknown model without a token", "POST /predictions/nothing"),
  inference("the description without a token", "OPTIONS /", ownDescription),
  inference("v2 is off", "GET /v2/health/ready", bearer("{inference}")),
  inference("v2 is off, its metadata", "GET /v2", bearer("{inference}")),
  inference("SageMaker's path, the one model", "POST /invocations", text("{inference}")),
  inference("SageMaker's path without a token", "POST /invocations", typed("text/plain", "hello")),
  inference("a page of another origin", "GET /ping", {
    headers: { Authorization: "Bearer {inference}", Origin: "https://shop.example" },
  }),
  inference("the preflight of another origin", "OPTIONS /predictions/echo", {
    headers: { Origin: "https://shop.example", "Access-Control-Request-Method": "POST" },
    keysOnly: true,
  }),
  management("models without a token", "GET /models"),
  management("models with the management token", "GET /models", bearer("{management}")),
  management("models with the inference token", "GET /models", bearer("{inference}")),
  management("management's description without a token", "OPTIONS /", ownDescription),
  management("registering while the model API is off", "POST /models?url=upper.mar", bearer("{management}")),
  management("registering without a token", "POST /models?url=upper.mar"),
  management("unregistering while the model API is off", "DELETE /models/echo", bearer("{management}")),
  management(
    "scaling while the model API is off",
    "PUT /models/echo?min_worker=1&synchronous=true",
    bearer("{management}"),
  ),
  management("the default while the model API is off", "PUT /models/echo/1.0/set-default", bearer("{management}")),
  management("a workflow while the model API is off", "POST /workflows?url=pair.war", {
    ...bearer("{management}"),
    differs: "a workflow brings models: where registering is off, it is off for both",
  }),
  management("the token call without the API key", "GET /token?type=inference"),
  management("the token call with the wrong key", "GET /token?type=inference", bearer("{management}")),
  management("the token call without a type", "GET /token", bearer("{API}")),
  management("the token call with another type", "GET /token?type=other", bearer("{API}")),
  management("a new inference token", "GET /token?type=inference", bearer("{API}")),
  inference("the new token", "GET /ping", bearer("{inference}")),
  inference("the old token", "GET /ping", bearer("{old-inference}")),
  management("a new management token, by POST", "POST /token?type=management", bearer("{API}")),
  management("the new management token", "GET /models/echo", bearer("{management}")),
  management("the old management token", "GET /models/echo", bearer("{old-management}")),
  metrics("metrics without a token", "GET /metrics?name[]=nothing_has_this_name"),
];
