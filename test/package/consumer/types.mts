import * as tf from '@tensorflow/tfjs-core';
import * as library from 'tfjs-bayesian';
import { bayesian, checkpoint, linear, random, sequential, tree } from 'tfjs-bayesian';
import { leaves } from 'tfjs-bayesian/tree';

export const tensors: readonly tf.Tensor[] = tree.leaves({ weight: tf.scalar(1) });
// @ts-expect-error: the types arrive, and are not any.
export const wrong: string = leaves({ weight: tf.scalar(1) });

const model = bayesian()(sequential(linear(2, 3), tf.relu, linear(3, 1)));
const params = model.init(random.key(0));
export const mean: tf.Tensor = params[2].weight.mean;
// @ts-expect-error: the parameter tree is known to its last name.
export const misspelt = params[2].weigth;

export const kept: Promise<unknown> = checkpoint.save(model)('net.safetensors')(params)();
// @ts-expect-error: the parameters of another model.
export const other = checkpoint.save(model)('net.safetensors')({ weight: mean });
export const opened = checkpoint.fromTorchBlue(model)(new Uint8Array());
export const typed: tf.Tensor | undefined = opened._tag === 'Right' ? opened.right[0].bias.logStd : undefined;

// Whoever exports what the library's functions make can write declarations: every type that is needed has a name.
export const everything = { ...library, ...random, ...tree, ...checkpoint };
