import { invalidArgument, knownOptions, type OptionNames, positiveNumber } from '../../check/index.ts';
import type { AnyModel } from '../../transforms/model.ts';
import { blueParameter, type TorchName, type TorchPlace, torchPlaces } from './places.ts';

/** How the names of a state dictionary differ from the default ones for the model. */
export interface TorchNames {
  /** The prefix of every name there: `'stack'` if our `0` is `stack.0`. Tensors without it are ignored. */
  readonly prefix?: string;
  /** Maps the model's name of a module to the name there, such as `(module) => module.replace(/^hidden\b/, 'fc1')`. */
  readonly module?: (ours: string) => string;
}

const optionNames: OptionNames<TorchNames> = { prefix: true, module: true };

/** The full names of a variable in the state dictionary. */
export interface Named {
  readonly place: TorchPlace;
  /** Its name as an ordinary weight. */
  readonly plain: string;
  /** torch_blue's name of one of its posterior's parameters. */
  readonly parameter: (ours: string) => string;
}

/** The prefix of every name, with its dot. */
export const dottedPrefix = ({ prefix = '' }: TorchNames): string =>
  prefix === '' || prefix.endsWith('.') ? prefix : `${prefix}.`;

const inFull =
  (names: TorchNames) =>
  ({ module, variable }: TorchName): string => {
    const { module: rename = (ours: string) => ours } = names;
    const renamed = rename(module);
    return `${dottedPrefix(names)}${renamed === '' ? '' : `${renamed}.`}${variable}`;
  };

const named =
  (names: TorchNames) =>
  (place: TorchPlace): Named => ({
    place,
    plain: inFull(names)(place.torch),
    parameter: (ours) => {
      const { module, variable } = place.blue;
      return inFull(names)({ module, variable: `_${variable}_${blueParameter(ours)}` });
    },
  });

/**
 * Every variable of a model with its names in a state dictionary.
 *
 * @throws Error if two variables have the same name there
 */
export const namedPlaces = ({ network }: AnyModel, names: TorchNames): readonly Named[] => {
  const all = torchPlaces(network).map(named(names));
  const seen = new Map<string, Named>();
  for (const each of all) {
    for (const name of new Set([each.plain, each.parameter('mean')])) {
      const other = seen.get(name);
      if (other !== undefined) {
        const [a, b] = [other, each].map(({ place }) => place.site.name);
        invalidArgument(
          'module',
          `a function that keeps names distinct: '${a}' and '${b}' both become`,
          name,
        );
      }
      seen.set(name, each);
    }
  }
  return all;
};

/**
 * Rejects options of the wrong kind.
 *
 * @throws Error naming the argument
 */
export const assertTorchNames = (
  fn: string,
  options: TorchNames & { readonly std?: number; readonly ignore?: unknown },
  own: Readonly<Record<string, true>>,
): void => {
  const { prefix, module, std, ignore } = knownOptions(fn, options, { ...optionNames, ...own });
  if (prefix !== undefined && typeof prefix !== 'string')
    invalidArgument(`${fn}: prefix`, 'a string', prefix);
  if (module !== undefined && typeof module !== 'function') {
    invalidArgument(
      `${fn}: module`,
      "a function from the model's name of a module to its name in the file",
      module,
    );
  }
  if (ignore !== undefined && typeof ignore !== 'function') {
    invalidArgument(
      `${fn}: ignore`,
      'a function from the name of a tensor in the file to true or false',
      ignore,
    );
  }
  if (std !== undefined) positiveNumber(`${fn}: std`, std);
};
