type Vector = readonly number[];
type Matrix = readonly Vector[];

/** Weights by name. */
export type Doubles = Readonly<Record<string, Vector | Matrix>>;

/** What a reference runs on: `x` `[batch][position][feature]`, states `[chain][batch][unit]`. */
export interface Run {
  readonly x: readonly Matrix[];
  readonly hidden: number;
  readonly layers: number;
  readonly bidirectional: boolean;
  readonly state: readonly (readonly Matrix[])[] | undefined;
}

const sigmoid = (x: number): number => 1 / (1 + Math.exp(-x));

const row = (x: Vector, weight: Matrix, bias: Vector | undefined): Vector =>
  (weight[0] ?? []).map(
    (_, j) => x.reduce((sum, each, i) => sum + each * (weight[i]?.[j] as number), 0) + (bias?.[j] ?? 0),
  );

/** The next hidden and cell state, from what input and state give to the gates in PyTorch's order. */
const steps = {
  lstm: (input: Vector, state: Vector, [h = [], c = []]: readonly Vector[]): readonly Vector[] => {
    const gate = (g: number, i: number) => (input[g * h.length + i] ?? 0) + (state[g * h.length + i] ?? 0);
    const cell = c.map(
      (before, i) => sigmoid(gate(1, i)) * before + sigmoid(gate(0, i)) * Math.tanh(gate(2, i)),
    );
    return [cell.map((each, i) => sigmoid(gate(3, i)) * Math.tanh(each)), cell];
  },
  gru: (input: Vector, state: Vector, [h = []]: readonly Vector[]): readonly Vector[] => {
    const of = (from: Vector, g: number, i: number) => from[g * h.length + i] ?? 0;
    return [
      h.map((before, i) => {
        const reset = sigmoid(of(input, 0, i) + of(state, 0, i));
        const update = sigmoid(of(input, 1, i) + of(state, 1, i));
        const candidate = Math.tanh(of(input, 2, i) + reset * of(state, 2, i));
        return (1 - update) * candidate + update * before;
      }),
    ];
  },
} as const;

/** One sequence of a batch: its outputs, and the last states of each chain. */
const sequence = (kind: 'lstm' | 'gru', weights: Doubles, run: Run, item: number) => {
  const directions = run.bidirectional ? ['', 'Reverse'] : [''];
  const zeros: Vector = Array(run.hidden).fill(0);
  const start = (chain: number): readonly Vector[] =>
    run.state?.map((each) => each[chain]?.[item] as Vector) ?? (kind === 'lstm' ? [zeros, zeros] : [zeros]);
  const lasts: (readonly Vector[])[] = [];
  const layer = (x: Matrix, index: number): Matrix => {
    const sides = directions.map((direction, d) => {
      const place = `L${index}${direction}`;
      const side: Vector[] = [];
      const order = x.map((_, position) => (direction === '' ? position : x.length - 1 - position));
      const last = order.reduce(
        (state, position) => {
          const next = steps[kind](
            row(
              x[position] as Vector,
              weights[`weightIh${place}`] as Matrix,
              weights[`biasIh${place}`] as Vector,
            ),
            row(
              state[0] as Vector,
              weights[`weightHh${place}`] as Matrix,
              weights[`biasHh${place}`] as Vector,
            ),
            state,
          );
          side[position] = next[0] as Vector;
          return next;
        },
        start(index * directions.length + d),
      );
      lasts.push(last);
      return side;
    });
    return x.map((_, position) => sides.flatMap((side) => side[position] as Vector));
  };
  const output = Array.from({ length: run.layers }).reduce<Matrix>(
    (x, _, index) => layer(x, index),
    run.x[item] as Matrix,
  );
  return { output, lasts };
};

/** A recurrent layer in doubles: outputs and each kind of state as flat lists in row-major order. */
export const recurrentReference = (
  kind: 'lstm' | 'gru',
  weights: Doubles,
  run: Run,
): { readonly output: Vector; readonly states: readonly Vector[] } => {
  const items = run.x.map((_, item) => sequence(kind, weights, run, item));
  const chains = items[0]?.lasts.length ?? 0;
  const states = (kind === 'lstm' ? [0, 1] : [0]).map((part) =>
    Array.from({ length: chains }, (_, chain) =>
      items.flatMap(({ lasts }) => lasts[chain]?.[part] as Vector),
    ).flat(),
  );
  return { output: items.flatMap(({ output }) => output.flat()), states };
};
