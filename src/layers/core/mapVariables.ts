import type { Forward, Layer, Part, Variable } from './part.ts';
import { asVariable, partTag } from './variable.ts';

/**
 * Rewrites the variables of a layer, and of the layers in it. Each variable gets the context of its part; `descend`
 * derives the contexts of a layer's parts from its own.
 *
 * @throws Error naming the part if it is not a valid part of a layer
 * @example
 * const wider = mapVariables(({ shape }, prior: Prior) => variable(shape, { prior }), (_, prior) => () => prior.rescale(2));
 */
export const mapVariables =
  <C>(
    change: (variable: Variable<unknown>, context: C) => Variable<unknown>,
    descend: (layer: Layer<unknown, Forward>, context: C) => (name: string, part: Part) => C,
  ) =>
  <F extends Forward>(layer: Layer<unknown, F>, context: C): Layer<never, F> => {
    const contextFor = descend(layer, context);
    const changed = (name: string, part: Part): Part => {
      const below = contextFor(name, part);
      const kind = partTag(`layer: part '${name}'`, part);
      if (kind === 'Layer') return mapVariables(change, descend)(part as Layer<unknown, Forward>, below);
      return kind === 'Variable'
        ? change(asVariable(part as readonly number[] | Variable<unknown>), below)
        : part;
    };
    const spec = Object.entries(layer.spec).map(([name, part]) => [name, changed(name, part)] as const);
    return { ...layer, spec: Object.fromEntries(spec) } as Layer<never, F>;
  };
