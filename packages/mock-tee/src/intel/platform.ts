// One simulated platform of Intel's: what its certificates say of it.

/** Hex is of fixed width. */
export interface IntelPlatform {
  /** 12 hex digits. */
  readonly fmspc: string;
  /** 4 hex digits. */
  readonly pceId: string;
  readonly ca: "processor" | "platform";
  /** 16 patch levels of the processor and firmware, each 0 to 255. */
  readonly componentSvns: readonly number[];
  readonly pceSvn: number;
  /** 32 hex digits each. */
  readonly ppid: string;
  readonly platformInstanceId: string;
}

/** An up-to-date server under the Platform CA. */
export const defaultPlatform: Omit<IntelPlatform, "ppid" | "platformInstanceId"> = {
  fmspc: "00906ed50000",
  pceId: "0000",
  ca: "platform",
  componentSvns: [5, 5, 2, 2, 3, 1, 0, 5, 0, 0, 0, 0, 0, 0, 0, 0],
  pceSvn: 13,
};
