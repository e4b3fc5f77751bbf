/**
 * Saving and loading parameters and training states as safetensors files, and the weights of networks of
 * torch_blue, PyTorch and TensorFlow.js.
 *
 * @module
 */

export type { FileHandle, Target } from '../files/index.ts';
export type { CheckpointError, Fault, Mismatch } from './error.ts';
export { type CheckpointContents, inspect } from './inspect.ts';
export { fromLayersModel, type LayersModelLike } from './layersModel/fromLayersModel.ts';
export type { LayerLike } from './layersModel/kinds.ts';
export { type LoadOptions, load } from './load.ts';
export type { FloatType } from './safetensors/values.ts';
export { save } from './save.ts';
export type { Source } from './source.ts';
export { type SaveOptions, toBytes } from './toBytes.ts';
export { type FromTorchOptions, fromTorchBlue, type TorchReader } from './torch/fromTorchBlue.ts';
export type { TorchNames } from './torch/options.ts';
export { type ToTorchOptions, toTorchBlue } from './torch/toTorchBlue.ts';
