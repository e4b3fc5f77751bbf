import type * as tf from '@tensorflow/tfjs-core';
import { invalidArgument, sameShape } from '../../check/index.ts';
import { parameterTree } from '../../layers/core/resolve.ts';
import type { Forward, Network, Site, StatisticSite } from '../../layers/index.ts';
import type { WeightTree } from '../../transforms/fromWeights.ts';
import type { Model } from '../../transforms/model.ts';
import { type NotBayesian, singleModel } from '../../transforms/modelArgument.ts';
import { map, tidied } from '../../tree/index.ts';
import { type LayerLike, layerName, type Slot, type Source, slotsIn } from './kinds.ts';

/** What is read of a `tf.LayersModel`, or of a selection of its layers. */
export interface LayersModelLike {
  readonly layers: readonly LayerLike[];
}

type AnySite = Site | StatisticSite;

/** The variables and statistics of one of our layers: of a stack of recurrent ones, those of one of its layers. */
interface Place {
  readonly name: string;
  readonly featureRank: number | undefined;
  readonly sites: readonly (readonly [part: string, site: AnySite])[];
}

/** `weightIhL1Reverse` is `weightIhReverse` of layer 1. */
const recurrentPart = /^((?:weight|bias)(?:Ih|Hh))L(\d+)(|Reverse)$/;

const recurrentPlaces = (name: string, own: Place['sites']): readonly Place[] => {
  const layers = new Map<string, (readonly [string, AnySite])[]>();
  for (const [part, site] of own) {
    const [, kind = part, index = '0', direction = ''] = recurrentPart.exec(part) ?? [];
    layers.set(index, [...(layers.get(index) ?? []), [`${kind}${direction}`, site]]);
  }
  const suffix = (index: string) => (layers.size === 1 ? '' : `, layer ${index}`);
  return [...layers].map(([index, sites]) => ({
    name: `${name}${suffix(index)}`,
    featureRank: undefined,
    sites,
  }));
};

/** The layers of a network that have variables or statistics of their own, in order. */
const placesIn = ({ path, layer, parts }: Network): readonly Place[] => {
  const name = path.length === 0 ? 'the network' : `'${path.join('.')}'`;
  const own = parts.flatMap(([part, each]) => ('site' in each ? [[part, each.site] as const] : []));
  const below = parts.flatMap(([, each]) => (each.kind === 'layer' ? placesIn(each.network) : []));
  if (own.length === 0) return below;
  const isRecurrent = own.some(([part]) => recurrentPart.test(part));
  const here = isRecurrent
    ? recurrentPlaces(name, own)
    : [{ name, featureRank: layer.featureRank, sites: own }];
  return [...here, ...below];
};

/** A slot with the layer that it comes from. */
interface Found extends Slot {
  readonly from: LayerLike;
}

const isLayer = (value: unknown): value is LayerLike =>
  typeof value === 'object' &&
  value !== null &&
  'getWeights' in value &&
  typeof value.getWeights === 'function';

/** Every slot of a model, in the order of its layers, those of models within it included. */
const foundSlots = (given: unknown): readonly Found[] => {
  const layers = typeof given === 'object' && given !== null && 'layers' in given ? given.layers : undefined;
  if (!Array.isArray(layers))
    return invalidArgument(
      'checkpoint.fromLayersModel: layersModel',
      'a tf.LayersModel, or a record of layers',
      given,
    );
  return layers.flatMap((layer: unknown): readonly Found[] => {
    if (!isLayer(layer))
      return invalidArgument(
        'checkpoint.fromLayersModel: layer',
        'one of tf.layers, from getLayer(name)',
        layer,
      );
    return 'layers' in layer ? foundSlots(layer) : slotsIn(layer).map((slot) => ({ ...slot, from: layer }));
  });
};

const words = (parts: readonly (readonly [name: string, { readonly shape: readonly number[] }])[]): string =>
  parts.map(([name, { shape }]) => `${name} [${shape.join(', ')}]`).join(', ');

const rankName = ({ featureRank }: Pick<Slot, 'featureRank'>): string =>
  featureRank === undefined ? ', not affine' : `, affine in rows of rank ${featureRank}`;

/** The value of each site of a place, if the slot has exactly these. */
const matched = (place: Place, slot: Found): readonly (readonly [AnySite, Source])[] => {
  const pairs = place.sites.flatMap(([part, site]) => {
    const source = Object.hasOwn(slot.parts, part) ? slot.parts[part] : undefined;
    return source !== undefined && sameShape(source.shape, site.shape) ? [[site, source] as const] : [];
  });
  const isWhole = pairs.length === place.sites.length && pairs.length === Object.keys(slot.parts).length;
  const sameKind = place.featureRank === slot.featureRank;
  if (isWhole && sameKind) return pairs;
  const [ours, theirs] = [place, slot].map((each) => (sameKind ? '' : rankName(each)));
  throw new Error(
    `checkpoint.fromLayersModel: ${layerName(slot.from)} must fit ${place.name} (${words(place.sites)}${ours}), ` +
      `got ${words(Object.entries(slot.parts))}${theirs}`,
  );
};

/** The sources of a network's sites, layer by layer. */
const sourcesFor = (network: Network, slots: readonly Found[]): ReadonlyMap<AnySite, Source> => {
  const places = placesIn(network);
  const pairs = places.slice(0, slots.length).flatMap((place, i) => matched(place, slots[i] as Found));
  if (places.length !== slots.length)
    throw new Error(
      `checkpoint.fromLayersModel: layersModel must have a layer with weights for each of ${places.map(({ name }) => name).join(', ')}, ` +
        `got ${slots.map(({ from }) => layerName(from)).join(', ') || 'none'}`,
    );
  return new Map(pairs);
};

/**
 * The weights of a trained `tf.LayersModel` for a network of the same layers: a plain tree in the structure of the
 * model's parameters, for `fromWeights`. Layers with weights are taken in their order, those of models within the model
 * included; for another order, or for some of them, pass `{ layers: names.map((name) => trained.getLayer(name)) }`.
 *
 * It takes dense, convolutional (also transposed, depthwise and, as two convolutions, separable), embedding,
 * normalization (of batches with their moving moments) and LSTM layers, alone or in `bidirectional` and
 * `timeDistributed`; layers without weights are skipped. What a layer does besides, such as its activation, padding,
 * epsilon and momentum, is up to your network: compare its output with that of `predict`. The caller owns the tensors.
 *
 * @throws Error naming the layers on both sides, for one that does not fit in kind or shape, or is too many on either
 * side; for a layer with weights that has no counterpart, such as a GRU, whose reset gate acts before the product in
 * tf.layers, and for settings without one, such as an LSTM's `'hardSigmoid'`
 * @example
 * import '@tensorflow/tfjs-backend-cpu';
 * import * as tf from '@tensorflow/tfjs-core';
 * import { layers, sequential as chain } from '@tensorflow/tfjs-layers';
 * import {
 *   bayesian, checkpoint, fromWeights, linear, random, sequential,
 * } from 'tfjs-bayesian';
 *
 * const trained = chain({ layers: [
 *   layers.dense({ units: 8, activation: 'relu', inputShape: [4] }),
 *   layers.dense({ units: 3 }),
 * ] });
 * const model = bayesian()(sequential(linear(4, 8), tf.relu, linear(8, 3)));
 * const weights = checkpoint.fromLayersModel(model)(trained);
 * const params = fromWeights(model)(weights, { relativeStd: 0.1 }).init(random.key(0));
 * console.log(params[2].bias.mean.shape); // [3]
 */
export const fromLayersModel = <P, F extends Forward>(
  of: Model<P, F> | NotBayesian,
): ((layersModel: LayersModelLike) => WeightTree<P>) => {
  const { network } = singleModel(
    'checkpoint.fromLayersModel: model',
    of,
    'convert for the model of a member, and stack several by tree.stack',
  );
  return (layersModel) => {
    const sources = sourcesFor(network, foundSlots(layersModel));
    const make = (site: AnySite): tf.Tensor => (sources.get(site) as Source).tensor();
    return tidied(() =>
      map((x) => x)(parameterTree({ variable: make, statistic: make })(network)),
    ) as WeightTree<P>;
  };
};
