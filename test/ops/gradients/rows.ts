import * as tf from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import {
  broadcastable,
  float,
  int,
  notOnWasm,
  pickAxis,
  pickShape,
  type Row,
} from '../../vmap/support/againstLoop.ts';
import { convolutions, images, pools } from './imageRows.ts';
import { from1, row, upTo } from './row.ts';

/** Axes of a shape, any number of them. */
const pickAxes = (shape: readonly number[]): fc.Arbitrary<number[]> =>
  fc.subarray(shape.map((_, axis) => axis));

const reductions: readonly Row[] = [
  ...(
    [
      ['prod', tf.prod],
      ['max', tf.max],
      ['min', tf.min],
      ['sum', tf.sum],
      ['mean', tf.mean],
    ] as const
  ).map(([name, reduce]) =>
    row(
      `${name} over some of many axes`,
      pickShape(0, 5).chain((shape) =>
        fc.tuple(pickAxes(shape), fc.boolean()).map(([axes, keepDims]) => ({
          args: [float(shape)],
          f: (x) => reduce(x!, axes, keepDims),
        })),
      ),
    ),
  ),
  row(
    'prod with zeros among its factors',
    fc.tuple(from1(3), from1(3), upTo(2)).map(([before, count, zeros]) => ({
      args: [float([before, count]), float([before, zeros], 0, 0)],
      f: (x, zero) => tf.prod(tf.concat([x!, zero!], 1), -1),
    })),
  ),
  ...(
    [
      ['cumsum', tf.cumsum],
      ['cumprod', tf.cumprod],
    ] as const
  ).map(([name, cumulate]) =>
    row(
      `${name} along any axis, both ways`,
      pickShape(1, 4).chain((shape) =>
        fc.tuple(upTo(shape.length - 1), fc.boolean(), fc.boolean()).map(([axis, exclusive, reverse]) => ({
          args: [float(shape)],
          f: (x) => cumulate(x!, axis, exclusive, reverse),
        })),
      ),
    ),
  ),
  row(
    'cumprod with zeros among its factors',
    fc.tuple(from1(3), from1(3), fc.boolean(), fc.boolean()).map(([before, count, exclusive, reverse]) => ({
      args: [float([before, count]), float([before, 1], 0, 0), float([before, 2])],
      f: (x, zero, y) => tf.cumprod(tf.concat([x!, zero!, y!], 1), 1, exclusive, reverse),
    })),
  ),
];

const wide = (rank: number): fc.Arbitrary<readonly number[]> =>
  fc.array(from1(2), { minLength: rank, maxLength: rank });

const elementwise: readonly Row[] = [
  ...(
    [
      ['add', tf.add],
      ['sub', tf.sub],
      ['mul', tf.mul],
      ['div', tf.div],
      ['pow', tf.pow],
      ['maximum', tf.maximum],
      ['minimum', tf.minimum],
      ['squaredDifference', tf.squaredDifference],
      ['mod', tf.mod],
      ['atan2', tf.atan2],
    ] as const
  ).map(([name, f]) =>
    row(
      `${name} of many axes`,
      wide(5).chain((shape) =>
        fc.tuple(pickAxes(shape), pickAxes(shape), upTo(4)).map(([first, second, drop]) => ({
          args: [
            float(
              shape.map((size, axis) => (first.includes(axis) ? 1 : size)),
              0.5,
              2,
            ),
            float(shape.map((size, axis) => (second.includes(axis) ? 1 : size)).slice(drop), 0.5, 2),
          ],
          f: (a, b) => f(a!, b!),
        })),
      ),
    ),
  ),
  row(
    'pow of a negative base by whole exponents',
    fc.tuple(pickShape(0, 3), fc.constantFrom(2, 3)).map(([shape, exponent]) => ({
      args: [float(shape, -2, 2)],
      f: (x) => tf.pow(x!, tf.scalar(exponent)),
    })),
  ),
  row(
    'prelu with slopes that broadcast along any axis',
    pickShape(1, 4).chain((shape) =>
      pickAxes(shape).map((axes) => ({
        args: [float(shape), float(shape.map((size, axis) => (axes.includes(axis) ? 1 : size)))],
        f: (x, alpha) => tf.prelu(x!, alpha!),
      })),
    ),
    notOnWasm,
  ),
  row(
    'where between numbers that broadcast',
    broadcastable(3).map(([a, b, c]) => ({
      args: [float(a!), float(b!), float(c!)],
      f: (x, y, z) => tf.where(tf.greater(x!, 0), y!, z!),
    })),
  ),
  row(
    'comparisons and roundings in between',
    broadcastable(2).map(([a, b]) => ({
      args: [float(a!), float(b!)],
      f: (x, y) => {
        const float32 = (flag: tf.Tensor): tf.Tensor => tf.cast(flag, 'float32');
        const flags = [tf.less, tf.lessEqual, tf.greater, tf.greaterEqual, tf.equal, tf.notEqual].map((f) =>
          float32(f(x!, y!)),
        );
        const both = tf.logicalOr(
          tf.logicalAnd(tf.greater(x!, y!), tf.less(x!, 1)),
          tf.logicalNot(tf.less(y!, 0)),
        );
        const whole = tf.cast(tf.cast(tf.mul(x!, 3), 'int32'), 'float32');
        return [...flags, float32(both), tf.add(whole, tf.floorDiv(y!, 0.7))].map((z) =>
          tf.mul(z, tf.add(x!, y!)),
        );
      },
    })),
  ),
  row(
    'whether any or all',
    pickShape(1, 3).chain((shape) =>
      pickAxis(shape).map((axis) => ({
        args: [float(shape)],
        f: (x) =>
          [tf.any, tf.all].map((f) => tf.mul(tf.cast(f(tf.greater(x!, 0), axis, true), 'float32'), x!)),
      })),
    ),
  ),
  row(
    'a one-hot vector of the place of the largest',
    pickShape(1, 2).map((shape) => ({
      args: [float([...shape, 3])],
      f: (x) => tf.mul(tf.cast(tf.oneHot(tf.argMax(x!, -1), 3), 'float32'), x!),
    })),
  ),
];

const shapes: readonly Row[] = [
  row(
    'mirrorPad both ways, over any axes',
    fc.array(fc.integer({ min: 2, max: 4 }), { minLength: 1, maxLength: 4 }).chain((shape) =>
      fc
        .tuple(
          fc.constantFrom('reflect' as const, 'symmetric' as const),
          ...shape.map((size) => fc.tuple(upTo(size - 1), upTo(size - 1))),
        )
        .map(([mode, ...paddings]) => ({
          args: [float(shape)],
          f: (x) => tf.mirrorPad(x!, paddings, mode),
        })),
    ),
  ),
  row(
    'tile and broadcastTo of many axes',
    pickShape(1, 5).chain((shape) =>
      fc.array(from1(2), { minLength: shape.length, maxLength: shape.length }).map((reps) => ({
        args: [float(shape), float(shape.map((size, axis) => (reps[axis] === 1 ? size : 1)))],
        f: (x, y) => [
          tf.tile(x!, reps),
          tf.broadcastTo(
            y!,
            shape
              .map((size, axis) => size * reps[axis]!)
              .map((size, axis) => (reps[axis] === 1 ? shape[axis]! : size)),
          ),
        ],
      })),
    ),
  ),
  row(
    'unstack, split and stack, into one part too',
    pickShape(1, 4).chain((shape) =>
      pickAxis(shape).map((axis) => ({
        args: [float(shape)],
        f: (x) => {
          const at = axis < 0 ? axis + shape.length : axis;
          const squared = tf.unstack(x!, axis).map((part) => tf.square(part));
          return [tf.stack(squared, at), ...tf.split(x!, shape[at]!, axis).map((part) => tf.square(part))];
        },
      })),
    ),
  ),
  row(
    'unstack and split of which one part alone is used',
    pickShape(1, 3).chain((shape) =>
      pickAxis(shape).map((axis) => ({
        args: [float(shape)],
        f: (x) => [tf.unstack(x!, axis).at(-1)!, tf.split(x!, shape.at(axis)!, axis)[0]!],
      })),
    ),
  ),
  row(
    'concat of one, of several, and of an empty one between',
    pickShape(1, 3).map((shape) => ({
      args: [float(shape), float([0, ...shape.slice(1)]), float([2, ...shape.slice(1)])],
      f: (x, empty, y) => [tf.concat([x!]), tf.concat([x!, empty!, y!])],
    })),
  ),
  row(
    'slice with a length to the end, pad, reverse and transpose',
    fc.tuple(from1(3), from1(3), upTo(1)).map(([rows, columns, begin]) => ({
      args: [float([rows + 1, columns])],
      f: (x) => [
        tf.slice(x!, [begin, 0], [-1, columns]),
        tf.pad(
          x!,
          [
            [1, 0],
            [0, 2],
          ],
          7,
        ),
        tf.reverse(x!, [-1]),
        tf.transpose(x!),
        tf.squeeze(tf.expandDims(x!, 1)),
      ],
    })),
  ),
  row(
    'moving between space and batch',
    fc.tuple(from1(2), from1(2), upTo(1), upTo(1)).map(([rows, columns, before, after]) => {
      const paddings = [
        [before, rows * 2 - 2 + before],
        [after, columns * 2 - 2 + after],
      ];
      return {
        args: [float([2, 2, 2, 3]), float([2 * rows * columns, 3, 3, 2])],
        f: (x, y) => [
          tf.spaceToBatchND(
            x!,
            [2, 2],
            paddings.map(([a]) => [a!, a!]),
          ),
          tf.batchToSpaceND(
            y!,
            [rows, columns],
            [
              [before, 0],
              [0, after],
            ],
          ),
        ],
      };
    }),
  ),
];

const gathers: readonly Row[] = [
  row(
    'gather with any number of batch axes, along any axis behind them',
    pickShape(1, 4).chain((shape) =>
      fc
        .record({ batchDims: upTo(Math.min(2, shape.length - 1)), chosen: pickShape(1, 2) })
        .chain(({ batchDims, chosen }) =>
          fc.integer({ min: batchDims, max: shape.length - 1 }).map((axis) => ({
            args: [float(shape), int([...shape.slice(0, batchDims), ...chosen], 0, shape[axis]!)],
            f: (x, indices) => tf.gather(x!, indices as tf.Tensor1D, axis, batchDims),
          })),
        ),
    ),
  ),
  row(
    'gather by indices that were computed of what is differentiated',
    from1(4).map((rows) => ({
      args: [float([rows, 2], 0.1, 0.9)],
      f: (x) => tf.gather(x!, tf.cast(tf.floor(tf.mul(x!, rows)), 'int32') as tf.Tensor1D),
    })),
  ),
  row(
    'sums of segments that were computed of what is differentiated, some of them none',
    from1(5).map((rows) => ({
      args: [float([rows, 2], 0.1, 0.9)],
      f: (x) => {
        const ids = tf.sub(
          tf.cast(tf.mul(tf.slice(x!, [0, 0], [rows, 1]), 4), 'int32'),
          tf.scalar(1, 'int32'),
        );
        return tf.unsortedSegmentSum(x!, tf.reshape(ids, [rows]) as tf.Tensor1D, 2);
      },
    })),
  ),
];

const norms: readonly Row[] = [
  row(
    'batchNorm of any rank, with and without scale and offset',
    fc
      .record({ shape: pickShape(1, 4), scaled: fc.boolean(), shifted: fc.boolean(), whole: fc.boolean() })
      .map(({ shape, scaled, shifted, whole }) => {
        const own = whole ? shape : shape.slice(-1);
        return {
          args: [
            float(shape),
            float(own),
            float(own, 0.5, 2),
            ...(shifted ? [float(own)] : []),
            ...(scaled ? [float(own)] : []),
          ],
          f: (x, mean, variance, ...rest) =>
            tf.batchNorm(
              x!,
              mean as tf.Tensor1D,
              variance as tf.Tensor1D,
              (shifted ? rest[0] : undefined) as tf.Tensor1D,
              (scaled ? rest.at(-1) : undefined) as tf.Tensor1D,
              0.01,
            ),
        };
      }),
  ),
  row(
    'losses.softmaxCrossEntropy by labels that do not add up to 1',
    fc.tuple(from1(3), fc.constantFrom(0, 0.1)).map(([batch, smoothing]) => ({
      args: [float([batch, 4], 0, 2), float([batch, 4])],
      f: (labels, logits) => tf.losses.softmaxCrossEntropy(labels!, logits!, undefined, smoothing),
    })),
  ),
];

const matrices: readonly Row[] = [
  row(
    'linalg.qr of tall, square and wide matrices',
    fc.tuple(fc.constantFrom([3, 2], [2, 2], [2, 3], [3, 3]), fc.boolean()).map(([shape, full]) => ({
      args: [float(shape)],
      f: (x) => tf.linalg.qr(x!, full),
    })),
  ),
  row(
    'linalg.bandPart of one matrix and of several',
    fc
      .tuple(pickShape(0, 1), fc.integer({ min: -1, max: 2 }), fc.integer({ min: -1, max: 2 }))
      .map(([outer, lower, upper]) => ({
        args: [float([...outer, 3, 2])],
        f: (x) => tf.linalg.bandPart(x!, lower, upper),
      })),
  ),
];

/** What the conformance tables of `vmap` leave out: attributes, edges and many axes of what has a gradient. */
export const furtherRows: readonly Row[] = [
  ...reductions,
  ...elementwise,
  ...shapes,
  ...gathers,
  ...pools,
  ...convolutions,
  ...images,
  ...norms,
  ...matrices,
];
