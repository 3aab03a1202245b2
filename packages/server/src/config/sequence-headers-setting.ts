// Which headers name the sequence of a request: for processes that read them, and for those that write them.
import { defaultSequenceHeaders } from "@sealserve/inference";
import { z } from "zod";

/** The name of an HTTP header; they are compared in lower case. */
const headerName = z
  .string()
  .regex(/^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/, { error: "the name of an HTTP header" })
  .toLowerCase();

export const sequenceHeadersSetting = z
  .strictObject({
    id: headerName.default(defaultSequenceHeaders.id),
    start: headerName.default(defaultSequenceHeaders.start),
    end: headerName.default(defaultSequenceHeaders.end),
  })
  .prefault({});
