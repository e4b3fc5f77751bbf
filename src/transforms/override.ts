import { invalidArgument, suggestion, tag } from '../check/index.ts';
import type { PosteriorLike } from '../distributions/index.ts';
import { mapVariables } from '../layers/core/mapVariables.ts';
import { innermost, weightOptionNames } from '../layers/core/part.ts';
import { named } from '../layers/core/variable.ts';
import type { Forward, Layer, Slot, StatisticSlot, VariableOptions, WeightOptions } from '../layers/index.ts';
import { isNode, type Path } from '../tree/index.ts';

/**
 * Options for the weights `W` of a network, in the structure of its parameter tree: a variable's entry holds its options,
 * a layer's entry those of all variables below, and its parts by name.
 */
export type Overrides<W> = WeightOptions & {
  readonly [K in keyof W]?: W[K] extends StatisticSlot
    ? never
    : W[K] extends Slot<unknown>
      ? VariableOptions
      : Overrides<W[K]>;
};

/** The parameters of the posterior that options set, else `Q`. */
export type PosteriorParamsIn<O, Q> = O extends { readonly posterior: PosteriorLike<infer P> } ? P : Q;

/** The entry of options at a name. */
export type OptionsAt<O, K> = K extends keyof O ? O[K] : unknown;

/** The weights `W` with the posteriors that overrides `O` set; `Q` are the parameters set for an outer layer. */
export type Overridden<W, O, Q = never> = {
  readonly [K in keyof W]: W[K] extends StatisticSlot
    ? W[K]
    : W[K] extends Slot<unknown>
      ? [PosteriorParamsIn<OptionsAt<O, K>, Q>] extends [never]
        ? W[K]
        : Slot<PosteriorParamsIn<OptionsAt<O, K>, Q>>
      : Overridden<W[K], OptionsAt<O, K>, PosteriorParamsIn<OptionsAt<O, K>, Q>>;
};

type Given = Readonly<Record<string, unknown>>;

const quoted = (path: Path): string => (path.length === 0 ? 'the network' : `'${path.join('.')}'`);

const checkedRecord = (path: Path, given: unknown): Given =>
  isNode(given) && !Array.isArray(given) && tag(given) === undefined
    ? (given as Given)
    : invalidArgument(`override: options of ${quoted(path)}`, 'a record of options and parts', given);

const checkNames = (path: Path, { spec }: Layer<unknown, Forward>, given: Given): void => {
  const known = [...Object.keys(spec), ...Object.keys(weightOptionNames)];
  const unknown = Object.keys(given).find((name) => !known.includes(name));
  if (unknown === undefined) return;
  const meant = suggestion(unknown, known);
  throw new Error(
    `override: ${quoted(path)} has no part or option '${unknown}'; ` +
      (meant === undefined ? `it has ${known.join(', ')}` : `did you mean '${meant}'?`),
  );
};

/** The options for a part: those of its own entry, and those of the layers around it. */
interface Context {
  readonly path: Path;
  readonly outer: WeightOptions;
  readonly given: Given;
}

const overridden = mapVariables<Context>(
  ({ shape, options }, { path, outer, given }) =>
    named('override', path.join('.'), shape, innermost(outer, given), options),
  (layer, { path, outer, given }) => {
    checkNames(path, layer, given);
    // A name that is both a part and an option is the part.
    const own = Object.entries(given).filter(([name]) => !Object.hasOwn(layer.spec, name));
    const here = innermost(outer, Object.fromEntries(own));
    return (name, part) => {
      const place = [...path, name];
      const below = checkedRecord(place, given[name] ?? {});
      if (given[name] !== undefined && ['RandomKey', 'Statistic'].includes(tag(part) ?? ''))
        invalidArgument(`override: '${place.join('.')}'`, 'a variable or a layer', part);
      return { path: place, outer: here, given: below };
    };
  },
);

/**
 * The network with other options for some of its variables, by path: for one variable, or for all below a layer. They
 * override the options of layers. Among overrides the innermost wins.
 *
 * @throws Error for a name that is neither a part nor an option, with the likely intended one, for a statistic or key, and
 * for an option out of range
 * @example
 * const net = sequential(linear(4, 16), tf.relu, linear(16, 1));
 * const overridden = override(net, {
 *   '0': { bias: { prior: flat() } },
 *   '2': { posterior: pointMass() },
 * });
 * const model = bayesian()(overridden);
 */
export const override = <W, F extends Forward, const O extends Overrides<W>>(
  network: Layer<W, F>,
  options: O,
): Layer<Overridden<W, O, PosteriorParamsIn<O, never>>, F> => {
  if (tag(network) !== 'Layer')
    invalidArgument('override: network', 'a layer, such as linear(2, 1) or sequential(...)', network);
  return overridden(network, { path: [], outer: {}, given: checkedRecord([], options) });
};
