import { invalidArgument, listed } from '../check/index.ts';
import { at, isNode, isTensor, map, type Path, tidied } from '../tree/index.ts';
import { pathName } from '../tree/tree.ts';
import {
  assertFits,
  assertTransformation,
  type GradientTransformation,
  requirements,
  type Transformed,
} from './gradientTransformation.ts';

/** Gradient transformations by name, whose states are `S` by the same names. */
export type NamedTransformations<S extends object> = {
  readonly [K in keyof S]: GradientTransformation<S[K]>;
};

/** The part of a tree whose tensors are at selected paths. Lists become records, so that no path changes. */
const select =
  (selects: (path: Path) => boolean) =>
  (tree: unknown): unknown => {
    const selected = (node: unknown, path: Path): unknown => {
      if (!isNode(node)) return isTensor(node) && selects(path) ? node : undefined;
      const children = Object.entries(node).flatMap(([name, child]) => {
        const kept = selected(child, [...path, name]);
        return kept === undefined ? [] : [[name, kept] as const];
      });
      return children.length === 0 ? undefined : Object.freeze(Object.fromEntries(children));
    };
    return selected(tree, []) ?? {};
  };

const mapValues = <A, B>(record: Readonly<Record<string, A>>, f: (value: A, name: string) => B) =>
  Object.fromEntries(Object.entries(record).map(([name, value]) => [name, f(value, name)])) as Readonly<
    Record<string, B>
  >;

/**
 * An optimizer for each part of the parameters, as optax's `partition` (once `multi_transform`): `name` chooses one by the
 * path of a parameter. `scale(0)` freezes a part. Each optimizer sees the gradient and the parameters of its part alone:
 * `clipByGlobalNorm` in it clips by the norm of that part. The state is the record of the states.
 *
 * @throws Error if a member is not an optimizer; in `init` and `update` if `name` returns anything but one of their names
 * @example
 * const optimizer = partition(
 *   { body: scale(0), head: adam({ learningRate: 1e-3 }) },
 *   ([layer]) => (layer === '2' ? 'head' : 'body'),
 * );
 */
export const partition = <S extends object>(
  optimizers: NamedTransformations<S>,
  name: (path: Path) => keyof S & string,
): GradientTransformation<S> => {
  const given: unknown = optimizers;
  if (typeof given !== 'object' || given === null || Array.isArray(given) || Object.keys(given).length === 0)
    return invalidArgument('partition: optimizers', 'a record of at least one optimizer', given);
  const parts = mapValues(given as Readonly<Record<string, unknown>>, (each, part) =>
    assertTransformation(`partition: optimizer '${part}'`, each),
  );
  if (typeof name !== 'function')
    invalidArgument('partition: name', 'a function from a path to a name', name);
  const checkedName = (path: Path): string => {
    const chosen: unknown = name(path);
    return typeof chosen === 'string' && Object.hasOwn(parts, chosen)
      ? chosen
      : invalidArgument(
          `partition: name of '${pathName(path)}'`,
          `one of ${listed(Object.keys(parts))}`,
          chosen,
        );
  };
  const selectPart = (part: string) => select((path) => checkedName(path) === part);
  return {
    ...requirements('partition', Object.values(parts)),
    init: (params) => tidied(() => mapValues(parts, ({ init }, part) => init(selectPart(part)(params))) as S),
    update: <P>(gradient: P, state: S, params: P, statistics?: object) => {
      assertFits('partition: gradient', gradient, params);
      if (typeof state !== 'object' || state === null || Object.keys(parts).some((part) => !(part in state)))
        invalidArgument('partition: state', `a record with ${listed(Object.keys(parts))}`, state);
      return tidied(() => {
        const done = mapValues(parts, ({ update }, part): Transformed<unknown, unknown> => {
          const own = selectPart(part);
          const before = (state as Readonly<Record<string, unknown>>)[part];
          const recorded = statistics === undefined ? undefined : (own(statistics) as object);
          return update(own(gradient), before, own(params), recorded);
        });
        const updates = map((_, path) => at(path)(done[checkedName(path)]?.updates))<unknown>(gradient) as P;
        return { updates, state: mapValues(done, (each) => each.state) as S };
      });
    },
  };
};
