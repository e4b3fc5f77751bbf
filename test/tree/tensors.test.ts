import * as tf from '@tensorflow/tfjs-core';
import { expect, it } from 'vitest';
import {
  at,
  dispose,
  entries,
  flatten,
  isNode,
  isTensor,
  leaves,
  map,
  reduce,
  unflatten,
  zipWith,
} from '../../src/tree/index.ts';
import { describeOnBackends } from '../support/backends.ts';
import { expectNoLeak } from '../support/leaks.ts';
import { values } from '../support/numbers.ts';
import { forAllTrees } from './support/trees.ts';

/** The tree with `ids` for tensors: two trees have the same one when they hold the same tensors in place. */
const ids = (tree: unknown): unknown => map((tensor) => `tensor ${tensor.id}`)(tree);

describeOnBackends('trees of tensors', () => {
  it('keep everything under the identity', () => {
    forAllTrees((tree) => {
      const same = map((tensor) => tensor)(tree);
      expect(ids(same)).toEqual(ids(tree));
      leaves(tree).forEach((tensor, index) => {
        expect(leaves(same)[index]).toBe(tensor);
      });
    });
  });

  it('map a composition as they map one function after the other', () => {
    forAllTrees((tree) => {
      const f = (x: tf.Tensor): tf.Tensor => tf.add(x, 1);
      const g = (x: tf.Tensor): tf.Tensor => tf.mul(x, 3);
      const read = (mapped: unknown): unknown => map((x) => x.dataSync()[0])(mapped);
      expect(read(map((x) => g(f(x)))(tree))).toEqual(read(map(g)(map(f)(tree))));
    });
  });

  it('are rebuilt from their leaves', () => {
    forAllTrees((tree) => {
      expect(ids(unflatten(tree)(leaves(tree)))).toEqual(ids(tree));
      const others = leaves(tree).map((_, index) => tf.scalar(index));
      expect(leaves(unflatten(tree)(others)).map((x) => x.id)).toEqual(others.map((x) => x.id));
    });
  });

  it('are rebuilt from what flatten gives, and map as their leaves do', () => {
    forAllTrees((tree) => {
      const flat = flatten(tree);
      expect(flat.leaves).toEqual(leaves(tree));
      expect(ids(flat.unflatten(flat.leaves))).toEqual(ids(tree));
      expect(flat.unflatten(flat.leaves.map((x) => `tensor ${x.id}`))).toEqual(ids(tree));
      const others = flat.leaves.map((_, index) => tf.scalar(index));
      const again = flatten(flat.unflatten(others));
      expect(again.leaves.map((x) => x.id)).toEqual(others.map((x) => x.id));
      expect(ids(again.unflatten(flat.leaves))).toEqual(ids(tree));
    });
  });

  it('are not rebuilt by flatten from too few or too many values', () => {
    forAllTrees((tree) => {
      const { leaves: own, unflatten: put } = flatten(tree);
      const text = `tree.flatten: the length of values must be ${own.length}, as many as the tree has tensors`;
      expect(() => put([...own, 0])).toThrow(`${text}, got ${own.length + 1}`);
      if (own.length > 0) expect(() => put(own.slice(1))).toThrow(`${text}, got ${own.length - 1}`);
    });
  });

  it('are reduced tensor by tensor, each once, in the order of their entries', () => {
    forAllTrees((tree) => {
      const collected = reduce<ReturnType<typeof entries>>(
        (done, tensor, path) => [...done, { path, tensor }],
        [],
      );
      expect(collected(tree)).toEqual(entries(tree));
      const text = reduce((done, tensor, path) => `(${done} ${tensor.id} ${path.join('/')})`, '');
      expect(text(tree)).toBe(
        leaves(tree).reduce(
          (done, tensor, index) => `(${done} ${tensor.id} ${entries(tree)[index]?.path.join('/')})`,
          '',
        ),
      );
    });
  });

  it('reduce to the same value after a map that the reduction applies itself', () => {
    forAllTrees((tree) => {
      const sum = (f: (x: tf.Tensor) => number) => reduce((done, x) => done + f(x), 0);
      const value = (x: tf.Tensor): number => x.dataSync()[0]!;
      const threefold = map((x) => tf.mul(x, 3))(tree);
      expect(sum(value)(threefold)).toBe(sum((x) => 3 * value(x))(tree));
    });
  });

  it('are frozen where they are rebuilt, and no node is one of the tree before', () => {
    const nodes = (node: unknown): readonly unknown[] =>
      isNode(node) ? [node, ...Object.values(node).flatMap(nodes)] : [];
    forAllTrees((tree) => {
      const { leaves: own, unflatten: put } = flatten(tree);
      for (const made of [map((x) => x)(tree), put(own), unflatten(tree)(own)]) {
        expect(nodes(made).every(Object.isFrozen)).toBe(true);
        expect(nodes(made).length).toBe(nodes(tree).length);
        expect(nodes(tree).some((node) => nodes(made).includes(node))).toBe(false);
      }
    });
  });

  it('find each entry again at its path', () => {
    forAllTrees((tree) => {
      for (const { path, tensor } of entries(tree)) expect(at(path)(tree)).toBe(tensor);
    });
  });

  it('zip with themselves as they map', () => {
    forAllTrees((tree) => {
      expect(zipWith((a, b, path) => [a.id, b.id, path.join('/')])(tree, tree)).toEqual(
        map((a, path) => [a.id, a.id, path.join('/')])(tree),
      );
    });
  });

  it('are traversed in order of insertion, not alphabetically', () => {
    tf.tidy(() => {
      const tree = { weight: tf.scalar(0), bias: tf.scalar(1), a10: tf.scalar(2), a2: tf.scalar(3) };
      expect(leaves(tree).map((x) => values(x)[0])).toEqual([0, 1, 2, 3]);
      expect(entries(tree).map(({ path }) => path)).toEqual([['weight'], ['bias'], ['a10'], ['a2']]);
    });
  });

  it('are traversed by number if layers are numbered: 2 before 10', () => {
    tf.tidy(() => {
      const names = Array.from({ length: 12 }, (_, index) => String(index));
      const tree = Object.fromEntries(names.map((name) => [name, { mean: tf.scalar(Number(name)) }]));
      expect(entries(tree).map(({ path }) => path[0])).toEqual(names);
      expect(Object.keys(map((x) => x)(tree))).toEqual(names);
    });
  });

  it('may hold tensors in arrays, and a tensor alone is a tree', () => {
    tf.tidy(() => {
      const [a, b] = [tf.scalar(1), tf.scalar(2)];
      const tree = { moments: [a, { inner: [b] }] };
      expect(entries(tree).map(({ path }) => path)).toEqual([
        ['moments', '0'],
        ['moments', '1', 'inner', '0'],
      ]);
      expect(Array.isArray(map((x) => x)(tree).moments)).toBe(true);
      expect(entries(a)).toEqual([{ path: [], tensor: a }]);
      expect(map((x) => x.id)(a)).toBe(a.id);
    });
  });

  it('keep non-tensor leaves, including class instances, unchanged', () => {
    const date = new Date(0);
    const [typed, f] = [new Float32Array(2), () => 1];
    const tree = { step: 3, name: 'adam', none: null, missing: undefined, date, typed, f };
    const mapped = map(() => 0)(tree);
    expect(mapped).toEqual(tree);
    expect(mapped.date).toBe(date);
    expect(mapped.typed).toBe(typed);
    expect(leaves(tree)).toEqual([]);
  });

  it('are not changed by map', () => {
    tf.tidy(() => {
      const tree = Object.freeze({ a: Object.freeze([tf.scalar(1)]) });
      expect(values(map((x) => tf.add(x, 1))(tree).a[0] as tf.Tensor)).toEqual([2]);
      expect(values(tree.a[0] as tf.Tensor)).toEqual([1]);
    });
  });

  it('name the path where a second tree has no tensor', () => {
    tf.tidy(() => {
      const tree = { hidden: { weight: tf.scalar(1), bias: tf.scalar(2) } };
      const add = zipWith(tf.add);
      expect(() => add(tree, { hidden: { weight: tf.scalar(1) } })).toThrow(
        "zipWith: the second tree must have a tensor at 'hidden.bias', got undefined",
      );
      expect(() => add(tree, { hidden: { weight: 4, bias: tf.scalar(2) } })).toThrow(
        "zipWith: the second tree must have a tensor at 'hidden.weight', got 4",
      );
      expect(() => add(tree, undefined)).toThrow("at 'hidden.weight', got undefined");
    });
  });

  it('take non-tensor leaves from the first of two trees', () => {
    tf.tidy(() => {
      const zipped = zipWith(tf.add)({ x: tf.scalar(1), step: 1 }, { x: tf.scalar(2), step: 2 });
      expect(values(zipped.x)).toEqual([3]);
      expect(zipped.step).toBe(1);
    });
  });

  it('give undefined at a missing path, including names of Object.prototype', () => {
    const tree = { a: [1] };
    expect(at(['a', '0'])(tree)).toBe(1);
    expect(
      [['b'], ['a', '1'], ['a', '0', 'x'], ['toString'], ['a', 'length', 'x']].map((p) => at(p)(tree)),
    ).toEqual([undefined, undefined, undefined, undefined, undefined]);
  });

  it('are disposed once, however often a tensor stands in them', () => {
    const before = tf.memory().numTensors;
    const shared = tf.scalar(1);
    const tree = { a: shared, b: [shared, tf.scalar(2)], gone: tf.scalar(3), step: 1 };
    tree.gone.dispose();
    dispose(tree);
    dispose(tree);
    expect(leaves(tree).every((x) => x.isDisposed)).toBe(true);
    expect(tf.memory().numTensors).toBe(before);
  });

  it('make no tensors of their own', () => {
    const x = tf.scalar(1);
    expectNoLeak(() => {
      const tree = { a: x, b: [x] };
      unflatten(tree)(leaves(map((y) => y)(zipWith((a) => a)(tree, tree))));
      return undefined;
    });
    x.dispose();
  });

  it('tell a tensor from a lookalike', () => {
    tf.tidy(() => {
      expect(isTensor(tf.scalar(1))).toBe(true);
      expect([{ shape: [1], dtype: 'float32' }, null, 1, [1]].map(isTensor)).toEqual([
        false,
        false,
        false,
        false,
      ]);
    });
  });
});
