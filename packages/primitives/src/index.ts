// The ground floor: coded errors, bytes, a cursor that will not read past the end, waits that grow, and a second look at what others change.
export { ByteCursor, TruncatedError, type TruncatedFacts } from "./byte-cursor.ts";
export { type Bytes, concatBytes, equalBytes, strictTextOf, textOf, utf8 } from "./bytes.ts";
export { CodedError, reasonOf } from "./coded-error.ts";
export { isMemoryFileSystem } from "./memory-file-system.ts";
export { pauseBy } from "./pause-by.ts";
export { type Reread, type RereadOptions, type RereadParts, reread } from "./reread.ts";
