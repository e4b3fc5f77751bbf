import type { Forward, Layer } from '../../layers/index.ts';
import { asSequence, outFirst, sameLayout, type TorchLayout } from './layouts.ts';

/** PyTorch's names and layouts of the parts of one kind of layer. */
export interface TorchKind {
  /** Whether a layer is of this kind. */
  readonly is: (layer: Layer<unknown, Forward>) => boolean;
  /** torch.nn's name of a part, if it is not ours in snake case; `''` if it has no name there. */
  readonly torch?: (part: string, layer: Layer<unknown, Forward>) => string | undefined;
  /** torch_blue's name of a part, if it differs from torch.nn's. */
  readonly blue?: (part: string) => string | undefined;
  /** The layout of one of the layer's own variables; by default unchanged. */
  readonly layout?: (part: string) => TorchLayout;
}

const table =
  (names: Readonly<Record<string, string>>) =>
  (part: string): string | undefined =>
    Object.hasOwn(names, part) ? names[part] : undefined;

const hasParts =
  (...names: readonly string[]) =>
  ({ spec }: Layer<unknown, Forward>): boolean =>
    names.every((name) => Object.hasOwn(spec, name));

const isChain = (part: unknown): boolean =>
  typeof part === 'object' &&
  part !== null &&
  'spec' in part &&
  Object.keys(part.spec as object).every((name) => /^\d+$/.test(name));

/**
 * The table that translates names and layouts, one row per kind of layer; the first match counts. Layers without a row
 * keep their layout, and their names in snake case: norms, embeddings, chains, stacks of transformers and custom layers.
 */
const torchKinds: readonly TorchKind[] = [
  // A residual connection of torch_blue is itself a sequence, of one piece if it wraps a single module.
  {
    is: ({ spec }) => Object.keys(spec).join() === 'inner',
    torch: (_, { spec }) => (isChain(spec.inner) ? '' : '0'),
  },
  // Attention: torch_blue holds all weights directly, torch.nn uses a linear layer for the last.
  {
    is: hasParts('outProjWeight'),
    torch: table({ outProjWeight: 'out_proj.weight', outProjBias: 'out_proj.bias' }),
    blue: table({ outProjWeight: 'out_proj_weight', outProjBias: 'out_proj_bias' }),
    layout: (part) => (part === 'biasK' || part === 'biasV' ? asSequence : outFirst),
  },
  // A transformer's layers: the feed-forward block of torch_blue is a sequence.
  {
    is: hasParts('selfAttn', 'linear1', 'linear2'),
    blue: table({ linear1: '_ff_block.0', linear2: '_ff_block.2' }),
  },
  // Recurrent layers: both hold the matrices and biases of each layer and direction directly.
  { is: hasParts('weightIhL0'), layout: () => outFirst },
  // Linear layers and convolutions, including transposed ones, with any number of groups.
  { is: ({ featureRank }) => featureRank !== undefined, layout: () => outFirst },
];

const snakeCase = (name: string): string => name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);

/** A part of a layer in PyTorch. */
export interface TorchPart {
  readonly torch: string;
  readonly blue: string;
  readonly layout: TorchLayout;
}

/**
 * PyTorch's names and layout of a part of a layer, from the table.
 *
 * @example
 * torchPart(linear(4, 2), 'weight'); // { torch: 'weight', blue: 'weight', layout: outFirst }
 */
export const torchPart = (layer: Layer<unknown, Forward>, part: string): TorchPart => {
  const kind = torchKinds.find(({ is }) => is(layer));
  const torch = kind?.torch?.(part, layer) ?? snakeCase(part);
  return { torch, blue: kind?.blue?.(part) ?? torch, layout: kind?.layout?.(part) ?? sameLayout };
};
