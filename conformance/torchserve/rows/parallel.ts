// Workers of several ranks, which torchrun starts: what each rank gets, who answers, and how they are described and scaled.
import { type Row, rowsOn, typed } from "../row.ts";

const management = rowsOn("management", { limit: 90_000 });
const inference = rowsOn("inference", { limit: 90_000 });
const tell = (word: string) => typed("text/plain", word);

export const parallelRows: readonly Row[] = [
  management("a model of tensor parallelism", "POST /models?url=ranks.mar&initial_workers=1&synchronous=true"),
  management("how it is described", "GET /models/ranks"),
  inference("all ranks get a batch", "POST /predictions/ranks", tell("a")),
  inference("and the next one", "POST /predictions/ranks", tell("b")),
  inference("all ranks raise", "POST /predictions/ranks", tell("raise")),
  inference("they go on", "POST /predictions/ranks", tell("c")),
  management("no worker", "PUT /models/ranks?min_worker=0&max_worker=0&synchronous=true"),
  inference("none answers", "POST /predictions/ranks", tell("d")),
  management("one again", "PUT /models/ranks?min_worker=1&max_worker=1&synchronous=true"),
  inference("new ranks", "POST /predictions/ranks", tell("e")),
  management("it goes", "DELETE /models/ranks"),
  management("a model of pipeline parallelism", "POST /models?url=stages.mar&initial_workers=1&synchronous=true"),
  management("how that is described", "GET /models/stages"),
  inference("the first rank gets a batch", "POST /predictions/stages", tell("a")),
  inference("the other never does", "POST /predictions/stages", tell("b")),
  management("that goes, too", "DELETE /models/stages"),
];
