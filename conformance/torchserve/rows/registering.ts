// Registering and unregistering: every parameter, every broken archive.
import { json, type Row, rowsOn, typed } from "../row.ts";

const management = rowsOn("management");
const inference = rowsOn("inference");
const broken = [
  "no-zip",
  "empty",
  "no-manifest",
  "bad-manifest",
  "no-model",
  "no-name",
  "no-handler",
  "no-version",
  "bad-runtime",
];
const noBatch = "a batch of fewer than one request makes no sense: it counts as not given";
const noUrl =
  "nothing is fetched but from where `allowed_urls` says; in the original everywhere is allowed where nothing is said";
const oddName =
  "names of models are letters, digits, dots, dashes and underscores: they are paths, labels of metrics and folders";
const leftBehind =
  "the original leaves this model behind without workers, though not every model that fails so; here a model that failed is gone";
const callWins =
  "what a call says wins over the archive's configuration, as TorchServe's documents say; the original takes the archive's `minWorkers`";
const register = (name: string, query: string, more: object = {}): Row =>
  management(name, `POST /models?${query}`, more);

export const registeringRows: readonly Row[] = [
  management("no url", "POST /models"),
  register("an empty url", "url="),
  register("an url that climbs", "url=../echo.mar"),
  register("an url of another folder", "url=sub/../../echo.mar"),
  register("a file that is not there", "url=not-there.mar"),
  register("a file that is not there, a name without an ending", "url=not-there"),
  register("an URL that cannot be fetched", "url=http://127.0.0.1:1/model.mar", { differs: noUrl }),
  register("an URL of a file that is not there", "url=file:///not/there.mar", { differs: noUrl }),
  register("an URL of another scheme", "url=ftp://127.0.0.1/model.mar"),
  register("a file's own name as an absolute path", "url={store}/echo.mar"),
  register("an unknown runtime", "url=echo.mar&model_name=odd&runtime=python4"),
  ...broken.map((name) => register(`broken archive: ${name}`, `url=${name}.mar`)),
  register("broken archive: climbing", "url=climbing.mar"),
  register("broken archive: its handler is missing", "url=missing-handler.mar&initial_workers=1"),
  management("what is left of it", "GET /models/missing-handler"),
  management("what is left without a handler", "GET /models/no-handler"),
  management("without a version it is 1.0", "GET /models/no-version"),
  management("without a version it goes", "DELETE /models/no-version"),
  register("a name that is registered", "url=echo.mar"),
  register("with 0 workers as nothing is said", "url=linear-script.mar&initial_workers=0"),
  management("it is described", "GET /models/linear-script"),
  inference("it has no worker", "POST /predictions/linear-script", json([1, 2])),
  inference("ping with a model without a worker", "GET /ping"),
  management("v1 readiness without a worker", "GET /v1/models/linear-script"),
  management("its own description without a worker", "GET /models/linear-script?customized=true"),
  management("it is unregistered", "DELETE /models/linear-script"),
  management("it is gone", "GET /models/linear-script"),
  management("it cannot be unregistered twice", "DELETE /models/linear-script"),
  register("with a worker", "url=linear-script.mar&initial_workers=1&synchronous=true"),
  inference("it answers", "POST /predictions/linear-script", json([1, 2])),
  management("it is unregistered with its version", "DELETE /models/linear-script/1.0"),
  register(
    "with all that can be set",
    "url=convolved.mar&model_name=other-name&batch_size=3&max_batch_delay=55&initial_workers=1&response_timeout=33&startup_timeout=44&runtime=python3",
  ),
  management("all that was set", "GET /models/other-name"),
  inference("it answers by its other name", "POST /predictions/other-name", json([1, 2, 3])),
  management("it goes", "DELETE /models/other-name"),
  management("by a body of JSON", "POST /models", json({ url: "convolved.mar", initial_workers: 1, batch_size: "2" })),
  management("what the JSON set", "GET /models/convolved", {
    differs:
      "the original makes of a `max_batch_delay` that is not in a JSON body -10000 milliseconds; here it is the default, 100",
  }),
  management("JSON and a query at once", "POST /models?url=upper-folder", json({ url: "echo.mar" })),
  management("it goes, too", "DELETE /models/convolved"),
  management("by JSON without url", "POST /models", json({ model_name: "x" })),
  management("by JSON that is broken", "POST /models", typed("application/json", "{")),
  management("by JSON that is a list", "POST /models", typed("application/json", "[]")),
  management("by JSON with a number that is none", "POST /models", {
    ...json({ url: "convolved.mar", batch_size: "many" }),
  }),
  management("by a form", "POST /models", typed("application/x-www-form-urlencoded", "url=convolved.mar")),
  register("not synchronously", "url=upper-folder&initial_workers=1&synchronous=false"),
  inference("a folder answers", "POST /predictions/upper-folder", { ...typed("text/plain", "abc"), within: 20_000 }),
  management("a folder is described", "GET /models/upper-folder"),
  management("a folder goes", "DELETE /models/upper-folder"),
  register("a tgz", "url=upper-packed.tar.gz&initial_workers=1"),
  inference("a tgz answers", "POST /predictions/upper-packed", typed("text/plain", "abc")),
  management("a tgz goes", "DELETE /models/upper-packed"),
  register(
    "another handler of the same archive",
    "url=echo.mar&model_name=function&handler=echo.py:handle&initial_workers=1",
  ),
  inference("by the handler's function", "POST /predictions/function", typed("text/plain", "abc")),
  management("the function goes", "DELETE /models/function"),
  register("a handler that is not there", "url=echo.mar&model_name=lost&handler=lost.py&initial_workers=1"),
  management("what is left of the lost", "GET /models/lost"),
  register("a handler that cannot be initialised", "url=never-loads.mar&initial_workers=1"),
  management("what is left of that", "GET /models/never-loads", { differs: leftBehind }),
  management("what is left of that goes", "DELETE /models/never-loads", { differs: leftBehind }),
  register(
    "numbers that are none",
    "url=convolved.mar&batch_size=dd&max_batch_delay=x&initial_workers=y&response_timeout=z",
  ),
  management("what such numbers mean", "GET /models/convolved"),
  management("that goes", "DELETE /models/convolved"),
  register("a batch size of 0", "url=convolved.mar&batch_size=0&initial_workers=0"),
  management("a batch size of 0 is described", "GET /models/convolved", { differs: noBatch }),
  management("a batch size of 0 goes", "DELETE /models/convolved"),
  register("a batch size below 0", "url=convolved.mar&batch_size=-2&initial_workers=0"),
  management("a batch size below 0 is described", "GET /models/convolved", { differs: noBatch }),
  management("a batch size below 0 goes", "DELETE /models/convolved"),
  register("workers below 0", "url=convolved.mar&initial_workers=-1"),
  management("workers below 0 go", "DELETE /models/convolved"),
  register("no time to start", "url=convolved.mar&initial_workers=1&startup_timeout=0"),
  // The original may leave this one behind, too: nothing is compared.
  management("whatever is left without time to start goes", "DELETE /models/convolved", { without: [/^[\s\S]*$/] }),
  register("a name with a slash", "url=convolved.mar&initial_workers=0&model_name=z%2Fb", { differs: oddName }),
  // In the original it stays: no call can name it.
  management("a name with a slash goes", "DELETE /models/z%2Fb", {
    differs: "an escaped slash is part of a name; the original parts the path there, too",
  }),
  register("a name with a space", "url=convolved.mar&initial_workers=0&model_name=a%20b", { differs: oddName }),
  management("a name with a space goes", "DELETE /models/a%20b", { differs: oddName }),
  register("a handler that describes itself", "url=describes.mar&initial_workers=1"),
  management("its own words", "GET /models/describes?customized=true"),
  management("its own words, all versions", "GET /models/describes/all?customized=true"),
  management("that which describes itself goes", "DELETE /models/describes"),
  register("as many workers as the archive says", "url=two-workers.mar"),
  management("they are described", "GET /models/two-workers"),
  management("they go", "DELETE /models/two-workers"),
  register("fewer workers than the archive says", "url=two-workers.mar&initial_workers=1", { differs: callWins }),
  management("they are described, too", "GET /models/two-workers", { differs: callWins }),
  management("they go, too", "DELETE /models/two-workers"),
  management("unregistering an unknown model", "DELETE /models/nothing"),
  management("unregistering an unknown version", "DELETE /models/echo/9.9"),
];
