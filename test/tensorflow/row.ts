import type * as core from '@tensorflow/tfjs-core';
import type * as tfLayers from '@tensorflow/tfjs-layers';
import type { Backend } from './backend.ts';

/** What rows are written in. */
export type Tf = typeof core;

/** `tf.layers` and `tf.initializers`, under the names that `@tensorflow/tfjs` gives them. */
export type Layers = typeof tfLayers;

/** The numbers of a result in order, or words from the message of the error in their place. */
export type Outcome = readonly number[] | string;

/** One surprising result of TensorFlow.js. */
export interface Row {
  /** The call and its arguments, in Markdown. */
  readonly operation: string;
  /** The call. It returns what is compared: tensors, or numbers. */
  readonly run: (tf: Tf, layers: Layers) => core.Tensor | readonly core.Tensor[] | readonly number[];
  /** What plain TensorFlow.js gives, on the backends where it is wrong. */
  readonly gives: Readonly<Partial<Record<Backend, Outcome>>>;
  /** The right result; words if it is a convention, and the numbers are those of `gives` on every backend. */
  readonly right: Outcome;
  /** A note on the right result, such as which libraries give it. */
  readonly because?: string;
  /** The backends on which this library gives the right result. */
  readonly fixed?: readonly Backend[];
  /** What to do where it does not. */
  readonly instead?: string;
  /** The test of this repository that covers the kind, where there is one beside the row itself. */
  readonly test?: string;
  /** Backends that the row is not run on, with the reason. */
  readonly without?: Readonly<Partial<Record<Backend, string>>>;
  /** How far numbers may be off, relative to the largest; default 1e-5. */
  readonly tolerance?: number;
}

/** A call that crashes, hangs or overwrites memory: described in words; tests run only what this library does instead. */
export interface DescribedRow {
  readonly operation: string;
  /** What plain TensorFlow.js does, on which backend. */
  readonly does: string;
  readonly right: string;
  /** What this library does. */
  readonly here: string;
  readonly test: string;
}

/** The rows of one part of the page. */
export interface Topic {
  readonly title: string;
  /** A paragraph above the table. */
  readonly text: string;
  readonly rows: readonly Row[];
}
