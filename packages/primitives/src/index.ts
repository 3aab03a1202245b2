// The ground floor: coded errors, bytes, and a cursor that will not read past the end.
export { ByteCursor, TruncatedError, type TruncatedFacts } from "./byte-cursor.ts";
export { type Bytes, concatBytes, equalBytes, strictTextOf, textOf, utf8 } from "./bytes.ts";
export { CodedError, reasonOf } from "./coded-error.ts";
