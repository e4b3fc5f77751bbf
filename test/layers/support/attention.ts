import type * as tf from '@tensorflow/tfjs-core';

type Matrix = readonly (readonly number[])[];

const product = (a: Matrix, b: Matrix): Matrix =>
  a.map((row) => (b[0] ?? []).map((_, j) => row.reduce((sum, x, k) => sum + x * (b[k]?.[j] as number), 0)));

const softmax = (scores: readonly number[]): readonly number[] => {
  const largest = Math.max(...scores);
  if (largest === Number.NEGATIVE_INFINITY) return scores.map(() => 0);
  const powers = scores.map((score) => Math.exp(score - largest));
  return powers.map((power) => power / powers.reduce((a, b) => a + b, 0));
};

const toMatrix = (x: tf.Tensor): Matrix => x.arraySync() as number[][];

/** The weights of an attention as its parameters hold them. */
export type AttentionParams = Readonly<Record<string, { readonly value: tf.Tensor }>>;

/** What a reference needs beside the weights. */
export interface Reference {
  readonly heads: number;
  readonly addZeroAttn?: boolean;
  /** Added to the score of `(batch, head, position, key)`, for the keys given. */
  readonly mask?: (batch: number, head: number, position: number, key: number) => number;
}

const columns = (matrix: Matrix, from: number, to: number): Matrix =>
  matrix.map((row) => row.slice(from, to));

const readWeight = (params: AttentionParams, index: number): Matrix => {
  const own = params[['qProjWeight', 'kProjWeight', 'vProjWeight'][index] as string];
  if (own !== undefined) return toMatrix(own.value);
  const packed = toMatrix(params.inProjWeight!.value);
  const embed = packed.length;
  return columns(packed, index * embed, (index + 1) * embed);
};

const plus = (rows: Matrix, bias: readonly number[] | undefined): Matrix =>
  bias === undefined ? rows : rows.map((row) => row.map((x, i) => x + (bias[i] as number)));

/** Attention of one item of a batch in doubles: its output, and the weights of each head. */
const ofItem = (
  params: AttentionParams,
  { heads, addZeroAttn = false, mask = () => 0 }: Reference,
  inputs: readonly Matrix[],
  item: number,
): { readonly output: Matrix; readonly weights: readonly Matrix[] } => {
  const vector = (name: string) => params[name] && ([...params[name].value.dataSync()] as readonly number[]);
  const inBias = vector('inProjBias');
  const [q = [], k = [], v = []] = inputs.map((x, i) => {
    const weight = readWeight(params, i);
    const size = weight[0]?.length ?? 0;
    return plus(product(x, weight), inBias?.slice(i * size, (i + 1) * size));
  });
  const behind = (rows: Matrix, name: string): Matrix => [
    ...rows,
    ...(params[name] === undefined ? [] : [vector(name) as readonly number[]]),
    ...(addZeroAttn ? [(rows[0] ?? []).map(() => 0)] : []),
  ];
  const [keys, vals] = [behind(k, 'biasK'), behind(v, 'biasV')];
  const size = (q[0]?.length ?? 0) / heads;
  const each = Array.from({ length: heads }, (_, head) => {
    const cut = (rows: Matrix) => columns(rows, head * size, (head + 1) * size);
    const weights = cut(q).map((query, position) =>
      softmax(
        cut(keys).map(
          (key, place) =>
            query.reduce((sum, x, i) => sum + x * (key[i] as number), 0) / Math.sqrt(size) +
            (place < k.length ? mask(item, head, position, place) : 0),
        ),
      ),
    );
    return { weights, context: product(weights, cut(vals)) };
  });
  const context = q.map((_, position) => each.flatMap((one) => one.context[position] as readonly number[]));
  const output = plus(product(context, toMatrix(params.outProjWeight!.value)), vector('outProjBias'));
  return { output, weights: each.map(({ weights }) => weights) };
};

/** Attention of a whole batch in doubles, as flat lists in row-major order. */
export const attentionReference = (
  params: AttentionParams,
  reference: Reference,
  ...inputs: readonly tf.Tensor[]
): { readonly output: readonly number[]; readonly weights: readonly number[] } => {
  const items = inputs.map((x) => x.arraySync() as number[][][]);
  const results = (items[0] ?? []).map((_, item) =>
    ofItem(
      params,
      reference,
      items.map((each) => each[item] as Matrix),
      item,
    ),
  );
  return {
    output: results.flatMap(({ output }) => output.flat()),
    weights: results.flatMap(({ weights }) => weights.flat(2)),
  };
};
