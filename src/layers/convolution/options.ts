import { invalidArgument, type OptionNames, positiveInteger } from '../../check/index.ts';
import {
  type Biased,
  type VariableOptions,
  type Weight,
  type WeightOptions,
  type WithNamed,
  type WithOptions,
  weightOptionNames,
} from '../core/part.ts';
import type { PaddingMode, Pads } from './padding.ts';

/** The weights of a convolution: `weight` `[...kernel, in / groups, out]`, `bias` `[out]`. */
export interface ConvolutionWeights {
  readonly weight: Weight;
  readonly bias: Weight;
}

/** The weights of a convolution with given options. */
export type ConvolutionWeightsOf<O> = WithOptions<WithNamed<Biased<ConvolutionWeights, O>, O>, O>;

/** Options of a convolution, with PyTorch's names and meanings. A single number applies to every axis. */
export interface ConvolutionOptions<Size> extends WeightOptions {
  /** The step between windows; default 1. */
  readonly stride?: Size;
  /**
   * Elements added on both sides of each axis. `'same'` keeps the input's size, with the odd element of an even kernel
   * at the end, and requires stride 1. Default 0, the same as `'valid'`.
   */
  readonly padding?: Size | 'same' | 'valid';
  /** The spacing of the kernel's taps; default 1. */
  readonly dilation?: Size;
  /** The number of independent groups of channels; default 1. */
  readonly groups?: number;
  /** Options of the weight only. */
  readonly weight?: VariableOptions;
  /** Whether to add a bias, default true, or options of the bias only. */
  readonly bias?: boolean | VariableOptions;
  /** The kind of padding; default `'zeros'`. */
  readonly paddingMode?: PaddingMode;
}

/** The names of `ConvolutionOptions`. */
export const convolutionOptionNames: OptionNames<ConvolutionOptions<never>> = {
  ...weightOptionNames,
  stride: true,
  padding: true,
  dilation: true,
  groups: true,
  weight: true,
  bias: true,
  paddingMode: true,
};

/** A convolution's checked options: a number for each axis. */
export interface ConvolutionPlan {
  readonly name: string;
  readonly inChannels: number;
  readonly outChannels: number;
  readonly kernel: readonly number[];
  readonly stride: readonly number[];
  readonly dilation: readonly number[];
  readonly pads: readonly Pads[];
  readonly groups: number;
  readonly paddingMode: PaddingMode;
}

/** A size for any number of axes. */
export type AnySize = number | readonly number[];

/**
 * A number for each axis, each an integer of at least `least`.
 *
 * @throws Error naming the argument otherwise
 * @example
 * perAxis('conv2d: stride', 2, [1, 2], 1); // [1, 2]
 */
export const perAxis = (argument: string, axes: number, size: unknown, least: number): readonly number[] => {
  const list: readonly unknown[] = Array.isArray(size) ? size : Array<unknown>(axes).fill(size);
  const fits = (value: unknown): value is number =>
    typeof value === 'number' && Number.isSafeInteger(value) && value >= least;
  return list.length === axes && list.every(fits)
    ? list
    : invalidArgument(
        argument,
        `an integer of at least ${least}${axes === 1 ? '' : `, or ${axes} of them`}`,
        size,
      );
};

const checkedGroups = (name: string, groups: unknown, channels: Readonly<Record<string, number>>): number => {
  const count = positiveInteger(`${name}: groups`, groups);
  for (const [argument, value] of Object.entries(channels))
    if (value % count !== 0) invalidArgument(`${name}: ${argument}`, `divisible by groups (${count})`, value);
  return count;
};

const modes: readonly unknown[] = ['zeros', 'reflect', 'replicate', 'circular'];

const checkedPaddingMode = (name: string, mode: PaddingMode): PaddingMode =>
  modes.includes(mode)
    ? mode
    : invalidArgument(`${name}: paddingMode`, "'zeros', 'reflect', 'replicate' or 'circular'", mode);

const samePads = (kernel: readonly number[], dilation: readonly number[]): readonly Pads[] =>
  kernel.map((taps, axis) => {
    const total = dilation[axis]! * (taps - 1);
    const before = Math.floor(total / 2);
    return [before, total - before];
  });

const resolvedPads = (
  name: string,
  padding: AnySize | 'same' | 'valid',
  { kernel, stride, dilation }: Pick<ConvolutionPlan, 'kernel' | 'stride' | 'dilation'>,
): readonly Pads[] => {
  if (padding === 'same') {
    if (stride.some((step) => step !== 1))
      invalidArgument(
        `${name}: padding`,
        "given in numbers where the stride is not 1, as PyTorch's 'same' is not defined there",
        padding,
      );
    return samePads(kernel, dilation);
  }
  if (typeof padding === 'string' && padding !== 'valid')
    invalidArgument(`${name}: padding`, "numbers, 'same' or 'valid'", padding);
  const sizes = padding === 'valid' ? 0 : padding;
  return perAxis(`${name}: padding`, kernel.length, sizes, 0).map((size) => [size, size]);
};

/**
 * Checks a convolution's arguments by PyTorch's rules.
 *
 * @throws Error naming the argument that breaks one
 * @example
 * const plan = convolutionPlan('conv2d', 2, 3, 16, 3, { padding: 'same' });
 */
export const convolutionPlan = (
  name: string,
  axes: number,
  inChannels: number,
  outChannels: number,
  kernelSize: AnySize,
  { stride = 1, padding = 0, dilation = 1, groups = 1, paddingMode = 'zeros' }: ConvolutionOptions<AnySize>,
): ConvolutionPlan => {
  const channels = {
    inChannels: positiveInteger(`${name}: inChannels`, inChannels),
    outChannels: positiveInteger(`${name}: outChannels`, outChannels),
  };
  const sizes = {
    kernel: perAxis(`${name}: kernelSize`, axes, kernelSize, 1),
    stride: perAxis(`${name}: stride`, axes, stride, 1),
    dilation: perAxis(`${name}: dilation`, axes, dilation, 1),
  };
  return {
    name,
    ...channels,
    ...sizes,
    pads: resolvedPads(name, padding, sizes),
    groups: checkedGroups(name, groups, channels),
    paddingMode: checkedPaddingMode(name, paddingMode),
  };
};
