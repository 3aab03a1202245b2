// Sealed models: age files and sealed directories, in streams.
export { openedSize, sealedSize } from "./age/chunks.ts";
export { type RandomBytes, unwrapFileKey } from "./age/file-key.ts";
export { type PassphraseOptions, passphraseIdentity, passphraseRecipient } from "./age/passphrase.ts";
export { armor } from "./armor/armor.ts";
export { checkFilePath, manifestName, sealedName, sealedSuffix } from "./directory/file-path.ts";
export type { ModelLabel, SealedEntry, SealedManifest } from "./directory/manifest.ts";
export { type FileContent, merkleRoot, recordsRoot } from "./directory/merkle-root.ts";
export { type MeasuredModel, modelSetDigest } from "./directory/model-set.ts";
export {
  type PlainFile,
  type SealDirectoryParts,
  sealDirectory,
  type WriteSealedFile,
} from "./directory/seal-directory.ts";
export {
  type ExpectedModel,
  openSealedDirectory,
  type SealedDirectory,
  type SealedFiles,
} from "./directory/sealed-directory.ts";
export { inspectSealed, type SealedFileFacts } from "./inspect.ts";
export {
  generateKeyPair,
  parseIdentity,
  parseKeyFile,
  parseRecipient,
  parseRecipientsFile,
  recipientOf,
} from "./key-text.ts";
export { open } from "./open.ts";
export { type OpenedSource, openRandom, type SealedPayload } from "./open-random.ts";
export { type RandomSource, sourceOf, streamFrom } from "./random-source.ts";
export type { Identity, Recipient, Stanza } from "./recipient.ts";
export { type SealParts, seal } from "./seal.ts";
export {
  type AnySealingError,
  isSealingError,
  SealingError,
  type SealingErrorCode,
  type SealingErrorFacts,
} from "./sealing-error.ts";
