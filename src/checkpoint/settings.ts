import * as tf from '@tensorflow/tfjs-core';
import * as E from 'fp-ts/lib/Either.js';
import type * as T from 'fp-ts/lib/Task.js';
import type { Settings } from '../distributions/index.ts';
import type { Site } from '../layers/index.ts';
import { key } from '../random/index.ts';
import type { AnyModel } from '../transforms/model.ts';
import { at, entries, isNode, isTensor, tidied } from '../tree/index.ts';
import type { Mismatch } from './error.ts';
import { tensorName } from './treeDefinition.ts';

/** A setting as stored; a tensor is stored as its shape. */
type Setting = string | number | boolean | readonly number[];

/** The settings of a distribution: its family, and its settings by name. */
export interface DistributionSettings {
  readonly name: string;
  readonly [setting: string]: Setting;
}

/** The settings of one variable. */
export interface VariableSettings {
  readonly posterior: DistributionSettings;
  /** The initial parameters of the posterior, around a mean of 0. */
  readonly start: Readonly<Record<string, Setting>>;
  readonly prior: DistributionSettings;
}

/** The settings of every variable, by its path in the parameter tree. */
export type ModelSettings = Readonly<Record<string, VariableSettings>>;

const setting = (value: Settings[string]): Setting =>
  isTensor(value) ? `tensor [${value.shape.join(', ')}]` : value;

const settingsIn = (settings: Settings = {}): Readonly<Record<string, Setting>> =>
  Object.fromEntries(Object.entries(settings).map(([name, value]) => [name, setting(value)]));

const initialParameters = async ({ posterior, shape, fanIn }: Site): Promise<VariableSettings['start']> => {
  const start = tidied(() => posterior.init(tf.zeros(shape.map(() => 1)), fanIn, key(0)));
  const initial = await Promise.all(
    entries(start).map(async ({ path, tensor }) => {
      const value = tensor.size === 1 ? ((await tensor.data())[0] as number) : setting(tensor);
      tensor.dispose();
      return [tensorName(path), value] as const;
    }),
  );
  return Object.fromEntries(initial);
};

const posteriorSettings = ({ posterior: { name, settings } }: Site): DistributionSettings => ({
  ...settingsIn(settings),
  name,
});

const priorSettings = ({ prior }: Site): DistributionSettings => ({
  ...settingsIn(prior.settings ?? prior.moments),
  name: prior.name,
});

/**
 * The posterior and prior settings of every variable of a model.
 *
 * @example
 * await modelSettings(model)(); // { '0.weight': { posterior: { name: 'normal', ... }, prior: { name: 'normal', ... } } }
 */
export const modelSettings =
  (model: AnyModel): T.Task<ModelSettings> =>
  async () =>
    Object.fromEntries(
      await Promise.all(
        model.network.sites.map(
          async (site) =>
            [
              tensorName(site.path),
              {
                posterior: posteriorSettings(site),
                start: await initialParameters(site),
                prior: priorSettings(site),
              },
            ] as const,
        ),
      ),
    );

/** A value from the file, which may be any JSON. */
const shown = (value: unknown): string => {
  if (typeof value !== 'object') return String(value);
  return Array.isArray(value) && value.every((each) => typeof each === 'number')
    ? `[${value.join(', ')}]`
    : 'invalid';
};

const words = (settings: unknown): string =>
  Object.entries(settings as object)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, value]) => `${name}: ${shown(value)}`)
    .join(', ');

/** A family with its settings. */
const family = (settings: unknown): string => {
  const { name, ...others } = settings as DistributionSettings;
  const details = words(others);
  return details === '' ? shown(name) : `${shown(name)} (${details})`;
};

/** The settings in the metadata, or an empty record without any. */
const readSettings = (text: string | undefined): Readonly<Record<string, unknown>> => {
  const parsed = E.tryCatch(() => JSON.parse(text ?? '{}') as unknown, String);
  return E.isRight(parsed) && isNode(parsed.right) && !Array.isArray(parsed.right)
    ? (parsed.right as Readonly<Record<string, unknown>>)
    : {};
};

/**
 * The differences between a file's settings and a model's: posteriors by their family and its fixed settings, since
 * parameters mean nothing under others; priors in full, but only to resume training. Variables that the file lacks are
 * reported by the comparison of tensors.
 */
export const settingMismatches =
  (text: string | undefined, resuming: boolean) =>
  (expected: ModelSettings): readonly Mismatch[] => {
    const file = readSettings(text);
    return Object.entries(expected).flatMap(([path, { posterior, prior }]): readonly Mismatch[] => {
      const [fitted, before] = ['posterior', 'prior'].map((kind) => at([path, kind])(file));
      const isOther = isNode(fitted) && family(fitted) !== family(posterior);
      const isOtherPrior = resuming && isNode(before) && words(before) !== words(prior);
      return [
        ...(isOther
          ? [
              {
                kind: 'posterior',
                path,
                message: `a ${family(fitted)} posterior in the file, a ${family(posterior)} one in the model`,
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
