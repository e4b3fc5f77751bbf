import { type Fields, type GoldenArray, isFields, isGoldenArray, readNumbers } from './json.ts';

/** A case in which one reference is no longer what was recorded. */
export interface Corruption {
  readonly reference: string;
  readonly golden: Fields;
}

/** The references of every kind of case; all else is input. */
const references = [
  ...['output', 'log_probs', 'log_prob', 'parameters', 'value', 'loss', 'data_fitting', 'prior_matching'],
  ...['grad', 'grad_inputs', 'grad_samples', 'grad_log_probs', 'grad_mean', 'grad_log_std', 'end'],
  ...['attn_weights', 'grad_plain'],
  ...['after', 'variables'],
];

/** The same array with one number moved by a thousandth of the largest, or by as much from nothing. */
const moved = (array: GoldenArray, index: number): GoldenArray => {
  const numbers = readNumbers(array);
  const largest = Math.max(...numbers.filter(Number.isFinite).map(Math.abs), 0) || 1;
  const data = numbers.map((x, i) => (i === index ? (Number.isFinite(x) ? x : 0) + 1e-3 * largest : x));
  return { shape: array.shape, data: array.shape.length === 0 ? data[0] : data };
};

/** A number that stands alone; a bound is halved, since few draws come near it. */
const movedNumber = (name: string, value: number): number => {
  if (name === 'mean_uniform_bound') return value / 2;
  return value === 0 ? 1e-3 : value * 1.001;
};

/** What is recorded beside the references but says nothing of the library. */
const ignored = ['eps', 'bound_fan_in', 'observed_abs_max'];

/** Every way to change one array or one number below a value, with the path to it. */
const changes = (value: unknown, name: string, path: string): readonly (readonly [string, unknown])[] => {
  if (ignored.includes(name)) return [];
  if (typeof value === 'number') return [[path, movedNumber(name, value)]];
  if (isGoldenArray(value)) {
    const last = readNumbers(value).length - 1;
    return [[path, moved(value, last)]];
  }
  if (Array.isArray(value) && name === 'shape') return [[path, [...value, 1]]];
  if (!Array.isArray(value) && !isFields(value)) return [];
  return Object.entries(value).flatMap(([key, part]) =>
    changes(part, key, `${path}.${key}`).map(
      ([place, changed]) =>
        [
          place,
          Array.isArray(value)
            ? value.map((each, i) => (String(i) === key ? changed : each))
            : { ...value, [key]: changed },
        ] as const,
    ),
  );
};

const inSteps = (golden: Fields): readonly Corruption[] =>
  (Array.isArray(golden.steps) ? golden.steps : []).flatMap((step: Fields, at) =>
    changes(step.loss, 'loss', `steps.${at}.loss`).map(([reference, loss]) => ({
      reference,
      golden: {
        ...golden,
        steps: (golden.steps as readonly Fields[]).map((each, i) => (i === at ? { ...each, loss } : each)),
      },
    })),
  );

/** A case with each of its references moved in turn: a check that looks at all of them fails every time. */
export const corruptions = (golden: Fields): readonly Corruption[] => [
  ...references.flatMap((name) =>
    changes(golden[name], name, name).map(([reference, changed]) => ({
      reference,
      golden: { ...golden, [name]: changed },
    })),
  ),
  ...inSteps(golden),
];
