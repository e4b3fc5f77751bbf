import type { Prior } from '../distributions/index.ts';
import { mapVariables } from '../layers/core/mapVariables.ts';
import type { Forward, Site } from '../layers/index.ts';
import { checkKey } from '../random/key.ts';
import { type Path, tidied } from '../tree/index.ts';
import { type Model, modelOf } from './model.ts';

/** What a restarted model has instead: priors of some sites, and initial parameters. */
export interface Restart<P> {
  /** The new prior of a site; `undefined` keeps the old one. */
  readonly prior: (site: Site) => Prior | undefined;
  /** Makes the initial parameters; its intermediates are disposed. */
  readonly start: () => P;
}

const placeKey = (path: Path): string => JSON.stringify(path);

/** The layer of a model with other priors, which no option outside of its variables can change. */
const withPriors = <P, F extends Forward>(model: Model<P, F>, prior: Restart<P>['prior']) => {
  const sites = new Map(model.network.sites.map((site) => [placeKey(site.path), site]));
  const change = mapVariables<Path>(
    (variable, path) => {
      const site = sites.get(placeKey(path));
      const given = site === undefined ? undefined : prior(site);
      return given === undefined
        ? variable
        : { ...variable, options: { ...variable.options, prior: given, rescalePrior: false } };
    },
    (_, path) => (name) => [...path, name],
  );
  return change(model.layer, []);
};

/**
 * The model with other priors, whose `init` makes the given parameters, whatever its key.
 *
 * @example
 * const again = restarted(model, { prior: () => undefined, start: () => tree.map(tf.clone)(params) });
 */
export const restarted = <P, F extends Forward>(
  model: Model<P, F>,
  { prior, start }: Restart<P>,
): Model<P, F> => ({
  ...modelOf<P, F>(withPriors(model, prior), model.options, model.estimator),
  init: (key) => {
    checkKey('init: key', key);
    return tidied(start);
  },
});
