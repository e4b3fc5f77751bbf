import type { Tensor, Variable } from '@tensorflow/tfjs-core';
import type { Hooks } from './state.ts';
import { isTracer } from './tracer.ts';

const refuseAssign = ({ name }: Variable): never => {
  throw new Error(
    `vmap: the variable '${name}' was assigned inside vmap, where each sample would assign its own ` +
      'value. Return it, and assign it after vmap',
  );
};

const refuseMapped = ({ shape }: Tensor): never => {
  throw new Error(
    `vmap: a variable was made from a mapped tensor of shape [${shape.join(', ')}] inside vmap, but a variable ` +
      'has one value, not one for each sample. Use the tensor itself',
  );
};

/**
 * The engine's methods for variables while a `vmap` runs. `assign` has no method on the engine, but first disposes the
 * old value with `disposeTensor`; a variable disposed in any other way passes through `disposeVariable`.
 */
export const variableHooks = ({
  makeVariable,
  disposeTensor,
  disposeVariable,
}: Hooks): Pick<Hooks, 'makeVariable' | 'disposeTensor' | 'disposeVariable'> => {
  let disposing = false;
  return {
    makeVariable: (initialValue, ...rest) =>
      isTracer(initialValue) ? refuseMapped(initialValue) : makeVariable(initialValue, ...rest),
    disposeTensor: (tensor) =>
      'assign' in tensor && !disposing ? refuseAssign(tensor as Variable) : disposeTensor(tensor),
    disposeVariable: (variable) => {
      disposing = true;
      try {
        disposeVariable(variable);
      } finally {
        disposing = false;
      }
    },
  };
};
