import * as tf from '@tensorflow/tfjs-core';
import * as E from 'fp-ts/lib/Either.js';
import type * as T from 'fp-ts/lib/Task.js';
import type { Site } from '../layers/index.ts';
import { at, entries, isNode, isTensor, tidied } from '../tree/index.ts';
import type { Checkpointable } from './checkpointable.ts';
import type { Mismatch } from './error.ts';
import { sitesOf } from './expected.ts';
import { nameOf } from './place.ts';

/** The settings of a distribution: its family, and its numbers by name; of a tensor its shape. */
export interface DistributionSettings {
  readonly name: string;
  readonly [setting: string]: string | number;
}

/** How the weights of one variable were treated. */
export interface VariableSettings {
  readonly posterior: DistributionSettings;
  readonly prior: DistributionSettings;
}

/** The settings of every variable, by its path in the parameter tree. */
export type ModelSettings = Readonly<Record<string, VariableSettings>>;

const setting = (value: number | tf.Tensor): number | string =>
  isTensor(value) ? `tensor [${value.shape.join(', ')}]` : value;

/** A posterior's settings show in how its parameters start around a mean of 0. */
const posteriorSettings = async ({ posterior, shape, fanIn }: Site): Promise<DistributionSettings> => {
  const start = tidied(() => posterior.init(tf.zeros(shape.map(() => 1)), fanIn));
  const settings = await Promise.all(
    entries(start).map(async ({ path, tensor }) => {
      const value = tensor.size === 1 ? ((await tensor.data())[0] as number) : setting(tensor);
      tensor.dispose();
      return [nameOf(path), value] as const;
    }),
  );
  return { ...Object.fromEntries(settings), name: posterior.name };
};

const priorSettings = ({ prior }: Site): DistributionSettings => ({
  name: prior.name,
  ...(prior.moments === undefined
    ? {}
    : { mean: setting(prior.moments.mean), std: setting(prior.moments.std) }),
});

/**
 * The posterior and prior settings of every variable of a model.
 *
 * @example
 * await settingsOf(model)(); // { '0.weight': { posterior: { name: 'normal', ... }, prior: { name: 'normal', ... } } }
 */
export const settingsOf =
  (model: Checkpointable<unknown>): T.Task<ModelSettings> =>
  async () =>
    Object.fromEntries(
      await Promise.all(
        sitesOf(model).map(
          async (site) =>
            [
              nameOf(site.path),
              { posterior: await posteriorSettings(site), prior: priorSettings(site) },
            ] as const,
        ),
      ),
    );

const words = (settings: unknown): string =>
  Object.entries(settings as object)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, value]) => `${name}: ${value}`)
    .join(', ');

/** The settings that the metadata tell, or an empty record where they tell none. */
const readSettings = (text: string | undefined): Readonly<Record<string, unknown>> => {
  const parsed = E.tryCatch(() => JSON.parse(text ?? '{}') as unknown, String);
  return E.isRight(parsed) && isNode(parsed.right) && !Array.isArray(parsed.right)
    ? (parsed.right as Readonly<Record<string, unknown>>)
    : {};
};

/**
 * Where a file's settings differ from a model's: posteriors by their family, for one family's parameters mean
 * nothing to another; priors in full, and only where training is to go on. A variable that the file does not know
 * is left to the comparison of tensors.
 */
export const settingMismatches =
  (text: string | undefined, resuming: boolean) =>
  (expected: ModelSettings): readonly Mismatch[] => {
    const file = readSettings(text);
    return Object.entries(expected).flatMap(([path, { posterior, prior }]): readonly Mismatch[] => {
      const family = at([path, 'posterior', 'name'])(file);
      const before = at([path, 'prior'])(file);
      const isOther = family !== undefined && family !== posterior.name;
      const isOtherPrior = resuming && isNode(before) && words(before) !== words(prior);
      return [
        ...(isOther
          ? [
              {
                kind: 'posterior',
                path,
                message: `a ${family} posterior in the file, a ${posterior.name} one in the model`,
              } as const,
            ]
          : []),
        ...(isOtherPrior
          ? [
              {
                kind: 'prior',
                path,
                message: `the prior (${words(before)}) in the file, (${words(prior)}) in the model`,
              } as const,
            ]
          : []),
      ];
    });
  };
