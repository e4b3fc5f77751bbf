import * as tf from '@tensorflow/tfjs-core';
import { pipe } from 'fp-ts/lib/function.js';
import { beforeAll, describe, expect, it } from 'vitest';
import estimatorsPage from '../../docs/concepts/estimators.md?raw';
import {
  affine,
  bayesian,
  elbo,
  flipout,
  gaussian,
  linear,
  localReparametrization,
  type Model,
  normal,
  random,
  sequential,
  valueAndGrad,
  vmapSamples,
  withDivergence,
} from '../../src/index.ts';
import { leaves } from '../../src/tree/index.ts';
import { fastest, kernels, start } from '../support/backends.ts';
import { sampleVariance } from '../support/numbers.ts';
import { drawInputs } from './support/nets.ts';
import { splitColumns } from './support/splitColumns.ts';

type Net = Model<unknown, (x: tf.Tensor) => tf.Tensor>;

const convolution = affine(
  { filter: [3, 3, 1, 4], bias: [4] },
  ({ filter, bias }) =>
    (x: tf.Tensor): tf.Tensor =>
      tf.add(tf.conv2d(x as tf.Tensor4D, filter as tf.Tensor4D, 1, 'same'), bias),
  { featureRank: 3 },
);

const posterior = normal({ std: 0.3 });
const nets: Readonly<Record<string, { readonly model: Net; readonly row: readonly number[] }>> = {
  'linear 8-16-1': {
    model: bayesian({ posterior })(sequential(linear(8, 16), tf.tanh, linear(16, 1))) as unknown as Net,
    row: [8],
  },
  'convolution 3x3, linear': {
    model: bayesian({ posterior })(
      sequential(convolution, tf.tanh, (x) => tf.mean(x, [1, 2]), linear(4, 1)),
    ) as unknown as Net,
    row: [4, 4, 1],
  },
};

/** How many keys. */
const samples = 400;

/** The variances of all elements of the gradient of the data fitting over many keys, summed. */
const totalVariance = (model: Net, of: Net, row: readonly number[], batch: number): number =>
  tf.tidy(() => {
    const params = model.init(random.key(0));
    const inputs = drawInputs(1, [batch, ...row]);
    const targets = tf.mean(tf.reshape(inputs, [batch, -1]), 1, true);
    const loss = pipe(of, withDivergence, elbo({ likelihood: gaussian({ std: 0.5 }), datasetSize: 100 }));
    const gradients = vmapSamples({ samples })(
      (p: unknown, key: random.Key) => valueAndGrad(loss)(p, key, { inputs, targets })[1],
    )(params, random.key(3));
    return leaves(gradients)
      .flatMap(splitColumns)
      .map(sampleVariance)
      .reduce((a, b) => a + b, 0);
  });

/** The table of docs/concepts/estimators.md: a network and a batch size, and the ratios of flipout and of local reparametrization. */
const documented = [...estimatorsPage.matchAll(/^\| (.+?) \| (\d+) \| ([\d.]+) \| ([\d.]+) \|$/gm)].map(
  ([, net = '', batch, flipped, local]) => ({
    net,
    batch: Number(batch),
    flipped: Number(flipped),
    local: Number(local),
  }),
);

describe('the variance of gradients in docs/concepts/estimators.md', () => {
  beforeAll(async () => {
    // TensorFlow.js's own kernels on wasm have no gradient of a convolution.
    await start(fastest === 'wasm' && !kernels ? 'cpu' : fastest);
  });

  it('is of both networks', () => {
    expect(new Set(documented.map(({ net }) => net))).toEqual(new Set(Object.keys(nets)));
  });

  it.each(documented)('is that of $net with a batch of $batch', ({ net, batch, flipped, local }) => {
    const { model, row } = nets[net] ?? expect.unreachable();
    const drawn = totalVariance(model, model, row, batch);
    const ratios = [flipout(model), localReparametrization(model)].map(
      (of) => totalVariance(model, of, row, batch) / drawn,
    ) as [number, number];
    console.log(`| ${net} | ${batch} | ${ratios.map((ratio) => ratio.toFixed(2)).join(' | ')} |`);
    // The same keys give the same draws: what is left is float rounding and that of the table.
    expect(Math.abs(ratios[0] - flipped)).toBeLessThan(0.006);
    expect(Math.abs(ratios[1] - local)).toBeLessThan(0.006);
  });
});
