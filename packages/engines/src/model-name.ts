// Which names a model may have, as the rooms of this package know it.
export { isModelName } from "@sealserve/inference";
