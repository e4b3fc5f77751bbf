import * as tf from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import {
  broadcastable,
  everywhere,
  float,
  none,
  notOnWasm,
  pickAxis,
  pickShape,
  type Row,
} from '../support/againstLoop.ts';

const sides = [
  [0, 0],
  [1, 1],
];
const wide = fc.integer({ min: 2, max: 4 });

/** Operations that move values about. */
export const shapes: readonly Row[] = [
  {
    name: 'reshape',
    gradient: everywhere,
    draw: fc.tuple(pickShape(0, 3), fc.boolean()).map(([shape, flat]) => ({
      args: [float(shape)],
      f: (x) => tf.reshape(x!, flat ? [-1] : [1, ...[...shape].reverse(), 1]),
    })),
  },
  {
    name: 'transpose',
    gradient: everywhere,
    draw: pickShape(0, 4).chain((shape) =>
      fc
        .shuffledSubarray(
          shape.map((_, axis) => axis),
          { minLength: shape.length },
        )
        .map((perm) => ({ args: [float(shape)], f: (x) => tf.transpose(x!, perm) })),
    ),
  },
  {
    name: 'expandDims',
    gradient: everywhere,
    draw: pickShape(0, 3).chain((shape) =>
      pickAxis(shape, 1).map((axis) => ({ args: [float(shape)], f: (x) => tf.expandDims(x!, axis) })),
    ),
  },
  {
    name: 'squeeze',
    gradient: everywhere,
    draw: pickShape(0, 3).map((shape) => ({ args: [float([1, ...shape])], f: (x) => tf.squeeze(x!, [0]) })),
  },
  {
    name: 'tile',
    gradient: everywhere,
    draw: pickShape(1, 3).chain((shape) =>
      fc
        .array(fc.integer({ min: 1, max: 3 }), { minLength: shape.length, maxLength: shape.length })
        .map((reps) => ({ args: [float(shape)], f: (x) => tf.tile(x!, reps) })),
    ),
  },
  {
    name: 'tile of rank 4',
    gradient: everywhere,
    draw: pickShape(4, 4).map((shape) => ({ args: [float(shape)], f: (x) => tf.tile(x!, [2, 1, 3, 1]) })),
  },
  {
    name: 'tile of rank 5',
    gradient: everywhere,
    draw: pickShape(5, 5).map((shape) => ({ args: [float(shape)], f: (x) => tf.tile(x!, [1, 2, 1, 1, 2]) })),
  },
  {
    name: 'broadcastTo',
    gradient: everywhere,
    draw: broadcastable(1).map(([shape]) => ({
      args: [float([1, ...shape!])],
      f: (x) => tf.broadcastTo(x!, [3, ...shape!]),
    })),
  },
  {
    name: 'concat',
    gradient: everywhere,
    draw: pickShape(1, 3).chain((shape) =>
      fc.tuple(pickAxis(shape), wide).map(([axis, size]) => {
        const at = axis < 0 ? axis + shape.length : axis;
        return {
          args: [float(shape), float(shape.map((length, i) => (i === at ? size : length))), float(shape)],
          f: (...all) => tf.concat(all, axis),
        };
      }),
    ),
  },
  {
    name: 'stack',
    gradient: everywhere,
    draw: pickShape(0, 3).chain((shape) =>
      pickAxis(shape, 1).map((axis) => ({
        args: [float(shape), float(shape)],
        f: (...all) => tf.stack(all, axis),
      })),
    ),
  },
  {
    name: 'unstack',
    gradient: everywhere,
    draw: pickShape(1, 3).chain((shape) =>
      pickAxis(shape).map((axis) => ({ args: [float(shape)], f: (x) => tf.unstack(x!, axis) })),
    ),
  },
  {
    name: 'split',
    gradient: everywhere,
    draw: pickShape(0, 2).chain((shape) =>
      fc.tuple(fc.boolean(), fc.boolean()).map(([even, negative]) => ({
        args: [float([...shape, 6])],
        f: (x) => tf.split(x!, even ? 3 : [1, 2, 3], negative ? -1 : shape.length),
      })),
    ),
  },
  {
    name: 'split into one part',
    gradient: everywhere,
    draw: pickShape(1, 3).map((shape) => ({
      args: [float(shape)],
      f: (x) => tf.split(x!, 1, shape.length - 1),
    })),
  },
  {
    name: 'slice',
    gradient: everywhere,
    draw: pickShape(1, 3).chain((shape) =>
      fc
        .tuple(...shape.map((size) => fc.integer({ min: 0, max: Math.max(size - 1, 0) })), fc.boolean())
        .map((drawn) => {
          const begin = drawn.slice(0, -1) as number[];
          const size = drawn.at(-1) ? -1 : begin.map((from, axis) => shape[axis]! - from);
          return {
            args: [float(shape)],
            f: (x) => (size === -1 ? tf.slice(x!, begin[0]!) : tf.slice(x!, begin, size)),
          };
        }),
    ),
  },
  {
    name: 'stridedSlice',
    gradient: none,
    draw: pickShape(2, 3).chain((shape) =>
      fc
        .record({
          begin: fc.integer({ min: 0, max: 7 }),
          end: fc.integer({ min: 0, max: 7 }),
          shrink: fc.constantFrom(0, 1),
          step: fc.constantFrom(1, 2, -1),
        })
        .map(({ begin, end, shrink, step }) => ({
          args: [float([4, ...shape])],
          f: (x) =>
            step === -1
              ? tf.stridedSlice(x!, [3, 0], [0, 1], [-1, 1])
              : tf.stridedSlice(x!, [1, 0], [3, 1], [shrink ? 1 : step, 1], begin & 2, end & 2, 0, 0, shrink),
        })),
    ),
  },
  {
    name: 'stridedSlice with an ellipsis and a new axis',
    gradient: none,
    draw: pickShape(2, 3).map((shape) => ({
      args: [float(shape)],
      f: (x) => [
        tf.stridedSlice(x!, [0, 0], [0, 1], [1, 1], 0, 0, 1),
        tf.stridedSlice(x!, [0, 0, 0], [1, 1, 1], [1, 1, 1], 0, 0, 0, 1),
      ],
    })),
  },
  {
    name: 'pad',
    gradient: everywhere,
    draw: pickShape(1, 3).map((shape) => ({
      args: [float(shape)],
      f: (x) =>
        tf.pad(
          x!,
          shape.map((_, axis) => [axis, 1] as [number, number]),
          3,
        ),
    })),
  },
  ...[false, true].map(
    (mirror): Row => ({
      // With the batch axis there are more axes than tfjs's wasm kernel pads.
      name: `${mirror ? 'mirrorPad' : 'pad'} of rank 6`,
      gradient: notOnWasm,
      draw: fc.tuple(fc.constantFrom(0, 1), fc.constantFrom(0, 1)).map(([first, last]) => ({
        args: [float([2, 1, 2, 1, 1, 2])],
        f: (x) => {
          const paddings: [number, number][] = [
            [first, 1],
            [0, 0],
            [1, 0],
            [0, 0],
            [0, 0],
            [1, last],
          ];
          return mirror ? tf.mirrorPad(x!, paddings, 'symmetric') : tf.pad(x!, paddings, 2);
        },
      })),
    }),
  ),
  {
    name: 'mirrorPad',
    gradient: everywhere,
    draw: pickShape(1, 3).map((shape) => ({
      args: [float(shape.map((size) => size + 1))],
      f: (x) =>
        tf.mirrorPad(
          x!,
          shape.map(() => [1, 1] as [number, number]),
          'reflect',
        ),
    })),
  },
  {
    name: 'reverse',
    gradient: everywhere,
    draw: pickShape(1, 3).chain((shape) =>
      fc.option(pickAxis(shape), { nil: undefined }).map((axis) => ({
        args: [float(shape)],
        f: (x) => tf.reverse(x!, axis),
      })),
    ),
  },
  {
    name: 'spaceToBatchND',
    gradient: everywhere,
    draw: pickShape(1, 1).map(([channels]) => ({
      args: [float([2, 4, 2, channels!])],
      f: (x) => tf.spaceToBatchND(x!, [2, 2], sides),
    })),
  },
  {
    name: 'batchToSpaceND',
    gradient: everywhere,
    draw: pickShape(1, 1).map(([channels]) => ({
      args: [float([8, 2, 2, channels!])],
      f: (x) => tf.batchToSpaceND(x!, [2, 2], sides),
    })),
  },
];
