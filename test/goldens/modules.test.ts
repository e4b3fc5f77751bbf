import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';
import * as E from 'fp-ts/lib/Either.js';
import { modelOf, random, weightSampling } from 'tfjs-bayesian';
import { beforeAll, describe, expect, it } from 'vitest';
import { checkCase } from './checkCase.ts';
import { parseExpression } from './expression.ts';
import { type Net, readNet } from './modules.ts';
import { resolveSites } from './sites.ts';
import { torchName } from './torch.ts';

const netIn = (text: string): Net =>
  E.getOrElse<string, Net>((why) => {
    throw new Error(why);
  })(readNet(parseExpression(text)));

const key = random.key(0);

/** What a network makes of some numbers, `[2, ...shape]`. */
const runOutput = (net: Net, shape: readonly number[]): readonly number[] =>
  tf.tidy(() => {
    const model = modelOf(net, {}, weightSampling);
    const x = random.normal(random.key(1), [2, ...shape]);
    return [...(model.apply(model.init(key), key, x) as tf.Tensor).dataSync()];
  });

describe('the networks of golden cases', () => {
  beforeAll(async () => {
    await tf.setBackend('cpu');
  });

  it.each([
    ['VILinear(3, 2, False)', 'VILinear(in_features=3, out_features=2, bias=False)', [3]],
    [
      "VIConv2d(2, 4, (3, 2), 2, 1, 1, 2, False, 'circular')",
      "VIConv2d(2, 4, kernel_size=(3, 2), stride=2, padding=1, groups=2, bias=False, padding_mode='circular')",
      [6, 5, 2],
    ],
    ['VISequential(AvgPool1d(3, 2, 1))', 'VISequential(nn.AvgPool1d(3, stride=2, padding=1))', [7, 2]],
    ['VISequential(VILinear(3, 2), torch.nn.ReLU())', 'VISequential(VILinear(3, 2), ReLU)', [3]],
    [
      'VITransformerEncoderLayer(4, 2, 6, nn.GELU())',
      "VITransformerEncoderLayer(4, 2, activation='gelu', dim_feedforward=6)",
      [3, 4],
    ],
  ] as const)('are the same of %s and of %s', (a, b, shape) => {
    const output = runOutput(netIn(a), shape);
    expect(output.length).toBeGreaterThan(0);
    expect(runOutput(netIn(b), shape)).toEqual(output);
  });

  it.each([
    ['VIConv2d(2, 4, 3, 2)', 'VIConv2d(2, 4, 3)', [6, 5, 2]],
    ['VISequential(MaxPool1d(3, 1))', 'VISequential(MaxPool1d(3))', [7, 2]],
    ['VISequential(LeakyReLU(0.3))', 'VISequential(LeakyReLU())', [3]],
    ["VISequential(GELU(approximate='tanh'))", 'VISequential(GELU)', [3]],
  ] as const)('take no notice of no argument: %s is not %s', (a, b, shape) => {
    expect(runOutput(netIn(a), shape)).not.toEqual(runOutput(netIn(b), shape));
  });

  it.each([
    ['VILinear(3, 2, depth=1)', "VILinear has no argument 'depth' that this check knows"],
    ['VISequential(MaxPool2d(2, ceil_mode=True))', "this check knows no 'ceil_mode' of true"],
    ['VIBilinear(3, 2)', "this check knows no 'VIBilinear'"],
    ['VISequential(Flatten(2))', "this check knows no 'start_dim' of 2"],
    ["VITransformerEncoderLayer(4, 2, activation='hump')", "'hump' is no activation that this check knows"],
  ])('refuse what they cannot say: %s', (text, message) => {
    expect(() => netIn(text)).toThrow(message);
  });

  it('name the parts of a chain, and keep those of torch.nn ordinary', () => {
    const modules = { hidden: 'VILinear(3, 4)', act: 'ReLU', out: 'Linear(4, 2)' };
    const net = E.getOrElse<string, Net>(() => netIn('ReLU'))(
      readNet({ name: 'VISequential', args: [], options: { modules } }),
    );
    const named = resolveSites(net).map(({ path, posterior }) => [torchName(net)(path), posterior.name]);
    expect(named).toEqual([
      ['hidden.weight', 'normal'],
      ['hidden.bias', 'normal'],
      ['out.weight', 'pointMass'],
      ['out.bias', 'pointMass'],
    ]);
  });

  it('give a custom encoder its axes in the order of the case', () => {
    const of = (batchFirst: string) =>
      netIn(
        `VITransformer(4, 2, dim_feedforward=3, batch_first=${batchFirst}, custom_encoder=VITransformerEncoder(VITransformerEncoderLayer(4, 2, 3, batch_first=${batchFirst}), 1))`,
      );
    const [first, last] = ['True', 'False'].map((each) => modelOf(of(each), {}, weightSampling));
    tf.tidy(() => {
      const [src, tgt] = [random.normal(random.key(1), [2, 5, 4]), random.normal(random.key(2), [2, 3, 4])];
      const swapped = (x: tf.Tensor) => tf.transpose(x, [1, 0, 2]);
      const params = first!.init(key);
      const y = first!.apply(params, key, src, tgt) as tf.Tensor;
      const z = last!.apply(params, key, swapped(src), swapped(tgt)) as tf.Tensor;
      expect([...swapped(z).dataSync()]).toEqual([...y.dataSync()]);
    });
  });

  it('are missing for pre-norm at any depth, which is a reason to skip', () => {
    const skipped = readNet(
      parseExpression('VITransformerEncoder(VITransformerEncoderLayer(4, 2, norm_first=True), 1)'),
    );
    expect(skipped).toEqual(E.left(expect.stringMatching(/^norm_first: /)));
  });
});

describe('a loss of one sample with a normal predictive', () => {
  it('is skipped: torch_blue gives NaN where this library throws', () => {
    const zeros = (...shape: number[]) => ({
      shape,
      data: tf.tidy(() => tf.zeros(shape).arraySync()),
    });
    const golden = {
      kind: 'KullbackLeiblerLoss',
      ...{ predictive: 'normal', heat: 1, dataset_size: 10, norm_constants: false, loss: 'NaN' },
      ...{ samples: zeros(1, 2, 3), log_probs: zeros(1, 2), target: zeros(2, 3) },
    };
    expect(checkCase(golden, {})).toMatchObject({
      _tag: 'Skipped',
      reason: expect.stringMatching(/^one sample/),
    });
  });
});
