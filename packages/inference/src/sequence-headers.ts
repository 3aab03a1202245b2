// The headers by which requests say which sequence they belong to.

/** Names of headers, lower-case (TorchServe, `ts_header_key_sequence_id` and its like). */
export interface SequenceHeaders {
  readonly id: string;
  readonly start: string;
  readonly end: string;
}

export const defaultSequenceHeaders: SequenceHeaders = {
  id: "ts_request_sequence_id",
  start: "ts_request_sequence_start",
  end: "ts_request_sequence_end",
};
