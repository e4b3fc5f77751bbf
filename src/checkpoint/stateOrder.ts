/** One name of a state dictionary, and what belongs to it. */
interface Entry<A> {
  readonly name: string;
  readonly value: A;
}

const split = (name: string): readonly [first: string, rest: string | undefined] => {
  const dot = name.indexOf('.');
  return dot < 0 ? [name, undefined] : [name.slice(0, dot), name.slice(dot + 1)];
};

/**
 * The entries in the order of PyTorch's state dictionaries: of each module its own parameters first, then those of its
 * modules, one module after another.
 *
 * @example
 * stateOrder([{ name: 'a.x', value: 1 }, { name: 'b', value: 2 }, { name: 'a.y', value: 3 }]); // 2, 1, 3
 */
export const stateOrder = <A>(entries: readonly Entry<A>[]): readonly A[] => {
  const own: A[] = [];
  const modules = new Map<string, Entry<A>[]>();
  for (const { name, value } of entries) {
    const [first, rest] = split(name);
    if (rest === undefined) own.push(value);
    else modules.set(first, [...(modules.get(first) ?? []), { name: rest, value }]);
  }
  return [...own, ...[...modules.values()].flatMap(stateOrder)];
};
