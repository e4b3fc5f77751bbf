import * as tf from '@tensorflow/tfjs-core';
import { expect, it } from 'vitest';
import { firstMisfit } from '../../src/tree/firstMisfit.ts';
import { entries, map } from '../../src/tree/index.ts';
import { describeOnBackends } from '../support/backends.ts';
import { forAllTrees } from './support/trees.ts';

const listShapes = (tree: unknown) =>
  entries(tree).map(({ path, tensor }) => ({ path, shape: tensor.shape }));

describeOnBackends('the first misfit of a tree', () => {
  it('is none for its own shapes', () => {
    forAllTrees((tree) => {
      expect(firstMisfit(tree, listShapes(tree))).toBeUndefined();
    });
  });

  it('is the first tensor of another shape, or that is missing', () => {
    forAllTrees((tree) => {
      const own = listShapes(tree);
      own.forEach(({ path }, at) => {
        const key = path.join('/');
        const others = map((x, place) => (place.join('/') === key ? tf.ones([2, 3]) : x))(tree);
        expect(firstMisfit(others, own)).toMatchObject({ path, shape: own[at]?.shape });
        const without = map((x, place) => (place.join('/') === key ? null : x))(tree);
        expect(firstMisfit(without, own)).toEqual({ path, shape: own[at]?.shape, found: null });
      });
    });
  });

  it('is else the first tensor that is not wanted', () => {
    forAllTrees((tree) => {
      const own = listShapes(tree);
      own.forEach(({ path }, at) => {
        const fewer = own.filter((_, index) => index !== at);
        expect(firstMisfit(tree, fewer)).toMatchObject({ path, shape: undefined });
      });
    });
  });
});
