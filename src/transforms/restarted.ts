import type { Posterior, Prior } from '../distributions/index.ts';
import { mapVariables } from '../layers/core/mapVariables.ts';
import type { Forward, Site } from '../layers/index.ts';
import { checkKey } from '../random/key.ts';
import { type Path, tidied } from '../tree/index.ts';
import { type Model, modelOf } from './model.ts';

/** What a restarted model has instead: priors or posteriors of some sites, and initial parameters. */
export interface Restart<P> {
  /** The new prior of a site; `undefined` keeps the old one. */
  readonly prior?: (site: Site) => Prior | undefined;
  /** The new posterior of a site, of the same parameters; `undefined` keeps the old one. */
  readonly posterior?: (site: Site) => Posterior | undefined;
  /** Makes the initial parameters; its intermediates are disposed. */
  readonly start: () => P;
}

const placeKey = (path: Path): string => JSON.stringify(path);

/** The layer of a model with other distributions, which no option outside of its variables can change. */
const withDistributions = <P, F extends Forward>(
  model: Model<P, F>,
  { prior: nextPrior, posterior: nextPosterior }: Restart<P>,
) => {
  const sites = new Map(model.network.sites.map((site) => [placeKey(site.path), site]));
  const change = mapVariables<Path>(
    (variable, path) => {
      const site = sites.get(placeKey(path));
      const prior = site && nextPrior?.(site);
      const posterior = site && nextPosterior?.(site);
      return {
        ...variable,
        options: {
          ...variable.options,
          ...(prior && { prior, rescalePrior: false }),
          ...(posterior && { posterior }),
        },
      };
    },
    (_, path) => (name) => [...path, name],
  );
  return change(model.layer, []);
};

/**
 * The model with other priors or posteriors, whose `init` makes the given parameters, whatever its key.
 *
 * @example
 * const again = restarted(model, { start: () => tree.map(tf.clone)(params) });
 */
export const restarted = <P, F extends Forward>(model: Model<P, F>, next: Restart<P>): Model<P, F> => ({
  ...modelOf<P, F>(withDistributions(model, next), model.options, model.estimator),
  init: (key) => {
    checkKey('init: key', key);
    return tidied(next.start);
  },
});
