import * as tf from '@tensorflow/tfjs-core';
import { engineInternals } from '../ops/engine.ts';
import { isMapping } from '../vmap/state.ts';

type Gradients = Readonly<Record<string, () => tf.Tensor>>;

/** A node of TensorFlow.js's tape: an operation that ran, and what its gradient needs. */
interface TapeNode {
  readonly inputs: Readonly<Record<string, tf.Tensor>>;
  readonly outputs: readonly tf.Tensor[];
  readonly saved?: readonly tf.Tensor[];
  readonly gradient?: (dys: readonly (tf.Tensor | null)[]) => Gradients;
}

/** The nodes that connect tensors to a result. */
interface Graph {
  /** In the order in which they ran. */
  readonly nodes: readonly TapeNode[];
  /** Those whose outputs a node takes; one that is taken twice is listed twice. */
  readonly producers: (node: TapeNode) => readonly TapeNode[];
}

const graphOf = (tape: readonly TapeNode[], xs: readonly tf.Tensor[], y: tf.Tensor): Graph => {
  const madeBy = new Map<number, TapeNode>();
  const fromX = new Set(xs.map(({ id }) => id));
  for (const node of tape) {
    if (!Object.values(node.inputs).some(({ id }) => fromX.has(id))) continue;
    for (const { id } of node.outputs) {
      fromX.add(id);
      madeBy.set(id, node);
    }
  }
  const producers = ({ inputs }: TapeNode): readonly TapeNode[] =>
    Object.values(inputs).flatMap(({ id }) => madeBy.get(id) ?? []);
  const last = madeBy.get(y.id);
  const toY = new Set(last === undefined ? [] : [last]);
  // A set is visited in the order of insertion, with what is added on the way.
  for (const node of toY) for (const producer of producers(node)) toY.add(producer);
  return { nodes: tape.filter((node) => toY.has(node)), producers };
};

/** The most nodes between parameters and a weight that is drawn from them. */
const LONGEST = 16;

/**
 * The nodes in the order of the backward pass: from the last to the first, but those that lead from a weight to its
 * parameters and to nothing else follow as soon as the weight's gradient is known. Otherwise the gradients of all draws
 * would wait for the end, since all weights are drawn before the first layer runs.
 */
const backwardOrder = ({ nodes, producers }: Graph): readonly TapeNode[] => {
  const uses = new Map<TapeNode, number>();
  for (const node of nodes)
    for (const producer of producers(node)) uses.set(producer, (uses.get(producer) ?? 0) + 1);
  /** How many nodes a node leads to, with itself, if nothing else needs any of them; else 0. */
  const endsAfter = (node: TapeNode): number => {
    const left = new Map([[node, 0]]);
    const found = [node];
    for (const each of found) {
      for (const producer of producers(each)) {
        const others = (left.get(producer) ?? uses.get(producer)!) - 1;
        left.set(producer, others);
        if (others === 0) found.push(producer);
      }
      if (found.length > LONGEST) return 0;
    }
    return found.length === left.size ? found.length : 0;
  };
  const order = new Set<TapeNode>();
  const visit = (node: TapeNode): void => {
    order.add(node);
    const before = new Set(producers(node));
    for (const producer of producers(node)) uses.set(producer, uses.get(producer)! - 1);
    const ready = [...before].filter((producer) => uses.get(producer) === 0);
    const endings = ready.map((producer) => ({ producer, length: endsAfter(producer) }));
    for (const { producer, length } of endings.sort((a, b) => a.length - b.length))
      if (length > 0) visit(producer);
  };
  for (const node of [...nodes].reverse()) if (!order.has(node)) visit(node);
  return [...order];
};

/** The tensors that the running scope will dispose. */
const tracked = (): readonly tf.Tensor[] =>
  (tf.engine().state.activeScope as unknown as { readonly track: readonly tf.Tensor[] }).track;

/**
 * The nodes with gradients that dispose what the node before needed: tensors that it saved, gradients of its outputs, and
 * intermediates. Each gradient is a tensor of its own, which nothing else refers to.
 */
const freeing = (order: readonly TapeNode[], y: tf.Tensor): readonly TapeNode[] => {
  let free = (): void => undefined;
  return order.map((node) => {
    const { gradient, saved = [], outputs } = node;
    if (gradient === undefined) return node;
    const freed = (dys: readonly (tf.Tensor | null)[]): Gradients => {
      free();
      const firstId = engineInternals().nextTensorId();
      const results = new Set<number>();
      const from = tracked().length;
      const gradients = gradient(dys);
      const made = tracked().slice(from);
      free = () => {
        // The gradient of the result itself is the caller's.
        if (!outputs.includes(y)) tf.dispose(dys.filter((dy) => dy !== null));
        for (const tensor of saved) tensor.dispose();
        for (const tensor of made) if (!tensor.kept && !results.has(tensor.id)) tensor.dispose();
      };
      const own = (dx: tf.Tensor): tf.Tensor => {
        const result = dx.id > firstId && !dx.kept && !results.has(dx.id) ? dx : tf.clone(dx);
        results.add(result.id);
        return result;
      };
      return Object.fromEntries(Object.entries(gradients).map(([name, dx]) => [name, () => own(dx())]));
    };
    return { ...node, gradient: freed };
  });
};

/**
 * Prepares TensorFlow.js's backward pass from `y` to `xs` so that it needs less memory: each tensor that the forward pass
 * saved, and each gradient of an intermediate, is disposed when the last gradient that needs it is known, and not at the end.
 * To be called at the end of a differentiated function. It does nothing within another differentiation, which needs them all,
 * and within a `vmap`, whose tape has other tensors than `xs`.
 *
 * @example
 * tf.engine().gradients(() => prepareBackward(tf.sum(tf.exp(x)), [x]), [x]);
 */
export const prepareBackward = (y: tf.Tensor, xs: readonly tf.Tensor[]): tf.Tensor => {
  const { state } = tf.engine();
  const tape = state.activeTape as unknown as readonly TapeNode[] | null;
  if (state.gradientDepth !== 1 || tape === null || isMapping()) return y;
  const graph = graphOf(tape, xs, y);
  const needed = new Set(graph.nodes);
  const others = tape.filter((node) => !needed.has(node));
  for (const { saved = [] } of others) for (const tensor of saved) tensor.dispose();
  // TensorFlow.js walks the tape from its end.
  const backward = freeing(backwardOrder(graph), y);
  Object.assign(state, { activeTape: [...others, ...[...backward].reverse()] });
  return y;
};
