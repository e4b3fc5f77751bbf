import { fold } from '../../layers/core/resolve.ts';
import type { Network, Site, StatisticSite } from '../../layers/index.ts';
import { type TorchPart, torchPart } from './kinds.ts';
import { sameLayout, type TorchLayout } from './layouts.ts';

/** A variable's name in a state dictionary: that of its module, `''` for the outermost, and its own. */
export interface TorchName {
  readonly module: string;
  readonly variable: string;
}

/** A variable or a statistic, a buffer there, with its names in a state dictionary. */
export interface TorchPlace {
  readonly site: Site | StatisticSite;
  /** Its name in torch.nn. */
  readonly torch: TorchName;
  /** Its name in torch_blue. */
  readonly blue: TorchName;
  readonly layout: TorchLayout;
}

const joined = (...names: readonly string[]): string => names.filter((name) => name !== '').join('.');

/** A variable itself has no name yet: its layer gives it one. */
const unnamed: TorchName = { module: '', variable: '' };

const below =
  (part: string) =>
  ({ module, variable }: TorchName): TorchName =>
    variable === '' ? { module: '', variable: part } : { module: joined(part, module), variable };

const inLayer =
  ({ torch, blue, layout }: TorchPart) =>
  (place: TorchPlace): TorchPlace => ({
    site: place.site,
    torch: below(torch)(place.torch),
    blue: below(blue)(place.blue),
    layout: place.torch.variable === '' ? layout : place.layout,
  });

/**
 * Every variable and statistic of a network with its names and layout in PyTorch, in the spec's order, which is that of a state
 * dictionary.
 *
 * @example
 * torchPlaces(resolve({})(sequential(linear(4, 2)))); // blue: { module: '0', variable: 'weight' }, ...
 */
export const torchPlaces: (network: Network) => readonly TorchPlace[] = fold<readonly TorchPlace[]>({
  variable: (site) => [{ site, torch: unnamed, blue: unnamed, layout: sameLayout }],
  statistic: (site) => [{ site, torch: unnamed, blue: unnamed, layout: sameLayout }],
  randomKey: () => [],
  layer: (layer, parts) =>
    Object.entries(parts).flatMap(([name, places]) => places.map(inLayer(torchPart(layer, name)))),
});

/** torch_blue's names of the parameters of posteriors that differ from ours. */
const parameterNames: Readonly<Record<string, string>> = {
  value: 'mean',
  logStd: 'log_std',
  logScale: 'log_scale',
};

/**
 * torch_blue's name of a parameter of a posterior.
 *
 * @example
 * blueParameter('logStd'); // 'log_std'
 */
export const blueParameter = (ours: string): string => parameterNames[ours] ?? ours;
