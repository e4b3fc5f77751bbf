import type { Planned } from '../planned.ts';
import { task } from '../planned.ts';
import { chooseSettings, regression } from './jobs.ts';
import { type Length, type MethodName, methods, type Settings } from './methods.ts';
import { SPLITS, type TableName, tables } from './tables.ts';

const NETWORK = '50 hidden units';

/** How the rows of a table are run. */
interface Scale {
  readonly length: Length;
  /** For how many splits at once settings are chosen, on rows that none of them has for a test. */
  readonly together: number;
}

const full: Scale = { length: { steps: 400, draws: 200, leapfrogSteps: 30 }, together: 2 };

/** For the table with the most rows, so that it does not take half of all the time. */
const large: Scale = { length: { ...full.length, steps: 120 }, together: 5 };

const quickly: Scale = { length: { steps: 40, draws: 10, leapfrogSteps: 5 }, together: 1 };

const range = (count: number): readonly number[] => Array.from({ length: count }, (_, index) => index);

const names = Object.keys(methods) as readonly MethodName[];

/** How many passes over the training rows: as many as steps, or gradients for Monte Carlo. */
const epochs = (method: MethodName, { steps, draws, leapfrogSteps }: Length): number =>
  method === 'hmc' ? 2 * draws * leapfrogSteps : steps;

/** The rows of a table: what settings are best, then each method by these. */
const rows = (
  folder: string,
  dataset: TableName,
  splits: number,
  { length, together }: Scale,
): readonly Planned[] => {
  const { steps } = length;
  const settingsId = (family: string, split: number): string =>
    `settings/${dataset}/${family}/${split - (split % together)}`;
  const groups = range(Math.ceil(splits / together)).map((group) =>
    range(splits).filter((split) => Math.floor(split / together) === group),
  );
  const chosen = groups.flatMap((group) =>
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
  if (quick) return rows(folder, 'cars', 1, quickly);
  const all = tables.flatMap((name) => rows(folder, name, SPLITS, name === 'wine' ? large : full));
  const isLast = ({ label }: Planned): boolean => label.method === 'hmc';
  return [...all.filter((row) => !isLast(row)), ...all.filter(isLast)];
};
