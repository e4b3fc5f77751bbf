import type { Planned } from '../planned.ts';
import { task } from '../planned.ts';
import { chooseSettings, regression } from './jobs.ts';
import { type Length, type MethodName, methods, type Settings } from './methods.ts';
import { SPLITS, type TableName, tables } from './tables.ts';

const NETWORK = '50 hidden units';

/** The table with the most rows has half the steps, so that it does not take half of all the time. */
const LARGEST: TableName = 'wine';

const lengths: Readonly<Record<'full' | 'quick', Length>> = {
  full: { steps: 400, draws: 200, leapfrogSteps: 30 },
  quick: { steps: 40, draws: 10, leapfrogSteps: 5 },
};

const range = (count: number): readonly number[] => Array.from({ length: count }, (_, index) => index);

const names = Object.keys(methods) as readonly MethodName[];

/** How many passes over the training rows: as many as steps, or gradients for Monte Carlo. */
const epochs = (method: MethodName, { steps, draws, leapfrogSteps }: Length): number =>
  method === 'hmc' ? 2 * draws * leapfrogSteps : steps;

/** Settings are chosen for two splits at once, on rows that neither has for a test. */
const TOGETHER = 2;

const together = (splits: number): readonly (readonly number[])[] =>
  range(Math.ceil(splits / TOGETHER)).map((group) =>
    range(splits).filter((split) => Math.floor(split / TOGETHER) === group),
  );

/** The rows of a table: what settings are best, then each method by these. */
const rows = (folder: string, dataset: TableName, splits: number, length: Length): readonly Planned[] => {
  const { steps } = length;
  const settingsId = (family: string, split: number): string =>
    `settings/${dataset}/${family}/${split - (split % TOGETHER)}`;
  const chosen = together(splits).flatMap((group) =>
    (['point', 'mean-field'] as const).map(
      (family): Planned => ({
        id: settingsId(family, group[0]!),
        label: {
          ...{ experiment: 'settings', dataset, network: NETWORK, method: family, split: group[0]! },
          epochs: steps,
        },
        task: () => task(chooseSettings, { folder, dataset, splits: group, family, steps }),
      }),
    ),
  );
  const reached = names.flatMap((method) =>
    range(splits).map(
      (split): Planned => ({
        id: `regression/${dataset}/${method}/${split}`,
        label: {
          ...{ experiment: 'regression', dataset, network: NETWORK, method, split },
          epochs: epochs(method, length),
        },
        needs: settingsId(methods[method].family, split),
        task: (values) => {
          const { settings } = values as { readonly settings: Settings };
          return task(regression, { folder, dataset, split, method, settings, length });
        },
      }),
    ),
  );
  return [...chosen, ...reached];
};

/** All rows: of five tables in ten splits, or of a small one in one split. Monte Carlo, which takes longest, is last. */
export const planRegression = (folder: string, quick: boolean): readonly Planned[] => {
  if (quick) return rows(folder, 'cars', 1, lengths.quick);
  const length = (name: TableName): Length =>
    name === LARGEST ? { ...lengths.full, steps: lengths.full.steps / 2 } : lengths.full;
  const all = tables.flatMap((name) => rows(folder, name, SPLITS, length(name)));
  const isLast = ({ label }: Planned): boolean => label.method === 'hmc';
  return [...all.filter((row) => !isLast(row)), ...all.filter(isLast)];
};
