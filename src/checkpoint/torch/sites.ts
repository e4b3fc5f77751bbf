import { sameShape } from '../../check/index.ts';
import type { Site, StatisticSite } from '../../layers/index.ts';
import type { AnyModel } from '../../transforms/model.ts';
import { at, type Path } from '../../tree/index.ts';
import { expectedTree } from '../treeDefinition.ts';
import { sameLayout, type TorchLayout } from './layouts.ts';
import { type Named, namedPlaces, type TorchNames } from './options.ts';

/** A tensor of the model and the tensor of a state dictionary that holds it. */
export interface Parameter {
  /** Its path in the parameter tree. */
  readonly path: Path;
  readonly shape: readonly number[];
  readonly dtype: string;
  /** Its name in torch_blue. */
  readonly name: string;
  readonly layout: TorchLayout;
}

/** Whether a part of the network is a statistic. */
export const isStatistic = (site: Site | StatisticSite): site is StatisticSite => 'initialValue' in site;

/** A variable or statistic with its names in a state dictionary, and the parameters of its posterior. */
export interface TorchSite extends Named {
  readonly parameters: readonly Parameter[];
  /** The structure of those parameters, with `null` for each tensor. */
  readonly blueprint: unknown;
}

/**
 * Every variable of a model with its tensors in a state dictionary.
 *
 * @throws Error if two variables have the same name there
 */
export const torchSites = (model: AnyModel, names: TorchNames): readonly TorchSite[] => {
  const { tree, tensors } = expectedTree(model);
  const expected = tensors.map((tensor) => ({ ...tensor, path: tensor.path.slice(1) }));
  return namedPlaces(model, names).map((named) => {
    const { site, layout } = named.place;
    const own = expected.filter(({ path }) => site.path.every((name, i) => path[i] === name));
    return {
      ...named,
      blueprint: at(['params', ...site.path])(tree),
      parameters: own.map(({ path, shape, dtype }) => ({
        path,
        shape,
        dtype,
        name: named.parameter(path.slice(site.path.length).join('_')),
        layout: sameShape(shape, site.shape) ? layout : sameLayout,
      })),
    };
  });
};

/** Whether it is an ordinary weight or a statistic, which has its own name in a state dictionary. */
export const isOrdinary = ({ place }: Named): boolean =>
  isStatistic(place.site) || place.site.posterior.deterministic === true;
