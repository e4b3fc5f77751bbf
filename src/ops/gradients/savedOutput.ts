import { clone, engine, type Tensor } from '@tensorflow/tfjs-core';
import { engineInternals } from '../engine.ts';

/** Whether a gradient is being computed of which a gradient may be taken. */
export const isDifferentiatedAgain = (): boolean => engine().isTapeOn();

/**
 * An output that a gradient has saved, so that it can be differentiated again. TensorFlow.js saves a copy, and
 * records the copying before the kernel that made the output: going through the tape in order, a gradient of the
 * gradient takes the copy for a constant. Where one may come, the two change places; otherwise nothing is done.
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
 * What an operation with a gradient of its own has saved on the way to its output, so that it can be differentiated
 * again: as a function of one of the operation's inputs.
 *
 * @param back the gradient by that input, from that by what was saved
 */
export const savedOnTheWay = (copy: Tensor, input: string, back: (dy: Tensor) => Tensor): Tensor => {
  if (!isDifferentiatedAgain()) return copy;
  const from = engine().state.activeTape.find(({ saved }) => saved?.some(({ id }) => id === copy.id));
  const x = from?.inputs[input];
  if (x === undefined) return copy;
  const linked = clone(copy);
  engineInternals().addTapeNode('savedOnTheWay', { x }, [linked], (dy) => ({ x: () => back(dy) }), [], {});
  return linked;
};
