import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';
import {
  bayesian,
  checkpoint,
  conv1d,
  conv2d,
  conv3d,
  convTranspose2d,
  deterministic,
  flatten,
  groupNorm,
  linear,
  posteriorMean,
  random,
  sequential,
} from 'tfjs-bayesian';
import { beforeAll, describe, expect, test } from 'vitest';
import { right } from './support/files.ts';
import { stateDict } from './support/stateDict.ts';
import { expectClose } from './support/torchBlue.ts';
import * as torch from './support/torchForward.ts';
import { type AnyLayer, blueName, listShapes, posteriors } from './support/written.ts';

beforeAll(async () => {
  await tf.setBackend('cpu');
});

describe('names and shapes of convolutions', () => {
  // In PyTorch [out, in / groups, ...kernel], of a transposed one [in, out / groups, ...kernel].
  test.each<[string, AnyLayer, string, string | undefined]>([
    ['one axis', conv1d(2, 3, 5), '3,2,5', '3'],
    ['one axis, in groups', conv1d(4, 6, 5, { groups: 2 }), '6,2,5', '6'],
    ['one axis, depthwise', conv1d(4, 8, 5, { groups: 4 }), '8,1,5', '8'],
    ['two axes', conv2d(2, 3, [5, 7]), '3,2,5,7', '3'],
    ['two axes, in groups', conv2d(4, 6, [5, 7], { groups: 2 }), '6,2,5,7', '6'],
    ['two axes, depthwise', conv2d(4, 8, [5, 7], { groups: 4 }), '8,1,5,7', '8'],
    ['two axes, without bias', conv2d(2, 3, [5, 7], { bias: false }), '3,2,5,7', undefined],
    ['three axes', conv3d(2, 3, [5, 7, 1]), '3,2,5,7,1', '3'],
    ['three axes, in groups', conv3d(4, 6, [5, 7, 1], { groups: 2 }), '6,2,5,7,1', '6'],
    ['two axes, transposed', convTranspose2d(2, 3, [5, 7]), '2,3,5,7', '3'],
    ['two axes, transposed, in groups', convTranspose2d(4, 6, [5, 7], { groups: 2 }), '4,3,5,7', '6'],
  ])('along %s', async (_, net, weight, bias) => {
    const shapes = { weight, ...(bias === undefined ? {} : { bias }) };
    expect(await listShapes(net)).toEqual(posteriors(shapes));
    expect(await listShapes(deterministic(net))).toEqual(shapes);
    expect(await listShapes(sequential((x) => x, net as never))).toEqual(
      posteriors(Object.fromEntries(Object.entries(shapes).map(([name, shape]) => [`1.${name}`, shape]))),
    );
  });
});

/**
 * Conv2d(2, 4, 3, padding=1, groups=2), GroupNorm(2, 4), ReLU, Conv2d(4, 8, 3, groups=4), GroupNorm(4, 8), ReLU,
 * ConvTranspose2d(8, 6, 2, stride=2, groups=2), Flatten, Linear.
 */
const [height, width] = [5, 6];
const features = 6 * 2 * (height - 2) * 2 * (width - 2);
const shapes = {
  '0.weight': [4, 1, 3, 3],
  '0.bias': [4],
  '3.weight': [8, 1, 3, 3],
  '3.bias': [8],
  '6.weight': [8, 3, 2, 2],
  '6.bias': [6],
  '8.weight': [3, features],
  '8.bias': [3],
};
const normShapes = { '1.weight': [4], '1.bias': [4], '4.weight': [8], '4.bias': [8] };

const drawn = (of: Readonly<Record<string, number[]>>, seed: number) =>
  Object.fromEntries(
    Object.entries(of).map(([name, shape], i) => [name, random.normal(random.key(seed + i), shape)] as const),
  );

const net = sequential(
  conv2d(2, 4, 3, { padding: 1, groups: 2 }),
  groupNorm(2, 4),
  tf.relu,
  conv2d(4, 8, 3, { groups: 4 }),
  groupNorm(4, 8),
  tf.relu,
  convTranspose2d(8, 6, 2, { stride: 2, groups: 2 }),
  flatten({ channelsFirst: true }),
  linear(features, 3),
);

describe('a network of convolutions and norms', () => {
  const expected = (weights: Readonly<Record<string, tf.Tensor>>, images: tf.Tensor) => {
    const of = <A>(name: string): A => weights[name]?.arraySync() as A;
    const bias = (place: number) => of<readonly number[]>(`${place}.bias`);
    const filter = (place: number) => of<torch.Filter>(`${place}.weight`);
    return (images.arraySync() as unknown as readonly torch.Image[]).map((image) => {
      const first = torch.conv2d(image, filter(0), bias(0), { groups: 2, padding: 1 });
      const second = torch.relu(torch.groupNorm(first, 2, of('1.weight'), bias(1)));
      const third = torch.conv2d(second, filter(3), bias(3), { groups: 4 });
      const fourth = torch.relu(torch.groupNorm(third, 4, of('4.weight'), bias(4)));
      const fifth = torch.convTranspose2d(fourth, filter(6), bias(6), { groups: 2, stride: 2 });
      return torch.flatLinear(fifth, of('8.weight'), bias(8));
    });
  };
  const setup = () => {
    const weights = { ...drawn(shapes, 1), ...drawn(normShapes, 101) };
    const images = random.normal(random.key(201), [3, 2, height, width]);
    return {
      weights,
      inputs: tf.transpose(images, [0, 2, 3, 1]),
      wanted: { shape: [3, 3], data: expected(weights, images) },
    };
  };
  const model = bayesian()(net);

  test("computes PyTorch's result, from a file of torch_blue", async () => {
    const { weights, inputs, wanted } = setup();
    const spreads = drawn(shapes, 301);
    const file = stateDict(
      Object.fromEntries(
        Object.entries(weights).flatMap(([name, mean]) => {
          const logStd = spreads[name];
          return logStd === undefined
            ? [[name, mean] as const]
            : ([
                [blueName(name, 'mean'), mean],
                [blueName(name, 'log_std'), logStd],
              ] as const);
        }),
      ),
    );
    const params = right(checkpoint.fromTorchBlue(model)(file));
    expectClose(posteriorMean(model).apply(params, random.key(0), inputs), wanted, 1e-5);
    const { logStd } = params[0].weight;
    expect(tf.transpose(logStd, [3, 2, 0, 1]).dataSync()).toEqual(spreads['0.weight']?.dataSync());
  });

  test("computes PyTorch's result, from a file of torch.nn, with or without a chosen std", () => {
    const { weights, inputs, wanted } = setup();
    const file = stateDict(weights);
    const spread = right(checkpoint.fromTorchBlue(model, { std: 0.1 })(file));
    expectClose(posteriorMean(model).apply(spread, random.key(0), inputs), wanted, 1e-5);
    const plain = bayesian()(deterministic(net));
    const params = right(checkpoint.fromTorchBlue(plain)(file));
    expectClose(plain.apply(params, random.key(0), inputs), wanted, 1e-5);
  });

  test('is rejected if a filter has other groups, by the path of the filter', () => {
    const { weights } = setup();
    const wrong = { ...weights, '3.weight': tf.zeros([8, 2, 3, 3]) };
    const loaded = checkpoint.fromTorchBlue(bayesian()(deterministic(net)))(stateDict(wrong));
    expect(loaded).toMatchObject({ left: { _tag: 'Mismatched', mismatches: [{ path: '3.weight.value' }] } });
  });
});
