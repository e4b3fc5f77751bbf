import { clone, engine, type Tensor } from '@tensorflow/tfjs-core';
import { engineInternals } from '../engine.ts';

/** Whether a gradient is being computed that may be differentiated again. */
export const isDifferentiatedAgain = (): boolean => engine().isTapeOn();

/**
 * A saved output, such that it can be differentiated again. TensorFlow.js saves a copy, and records the copy on the
 * tape before the kernel that made the output, so that a second derivative treats the copy as a constant. While a tape
 * is active this swaps the two; otherwise it does nothing.
 */
export const savedOutput = (copy: Tensor): Tensor => {
  if (!isDifferentiatedAgain()) return copy;
  const { activeTape: tape } = engine().state;
  const makes =
    (id: number | undefined) =>
    ({ outputs }: { readonly outputs: readonly Tensor[] }): boolean =>
      outputs.some((output) => output.id === id);
  const copying = tape.findIndex(makes(copy.id));
  const kernel = tape.findLastIndex(makes(tape[copying]?.inputs.x?.id));
  if (copying >= 0 && kernel > copying) tape.splice(kernel, 0, ...tape.splice(copying, 1));
  return copy;
};

/**
 * An intermediate that an operation with a custom gradient has saved, such that it can be differentiated again: it
 * becomes a function of one of the operation's inputs.
 *
 * @param back the gradient of that input, given that of the saved tensor
 */
export const savedIntermediate = (copy: Tensor, input: string, back: (dy: Tensor) => Tensor): Tensor => {
  if (!isDifferentiatedAgain()) return copy;
  const from = engine().state.activeTape.find(({ saved }) => saved?.some(({ id }) => id === copy.id));
  const x = from?.inputs[input];
  if (x === undefined) return copy;
  const linked = clone(copy);
  engineInternals().addTapeNode(
    'savedIntermediate',
    { x },
    [linked],
    (dy) => ({ x: () => back(dy) }),
    [],
    {},
  );
  return linked;
};
