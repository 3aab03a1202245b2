// How far a platform's trusted computing base is patched, in Intel's words.

/** In the order from best to worst. For SEV-SNP always UpToDate: there the reference value's minimum decides. */
export const tcbStatuses = [
  "UpToDate",
  "SWHardeningNeeded",
  "ConfigurationNeeded",
  "ConfigurationAndSWHardeningNeeded",
  "TDRelaunchAdvised",
  "TDRelaunchAdvisedConfigurationNeeded",
  "OutOfDate",
  "OutOfDateConfigurationNeeded",
  "Revoked",
] as const;

export type TcbStatus = (typeof tcbStatuses)[number];
