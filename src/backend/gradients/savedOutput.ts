import { engine, type Tensor } from '@tensorflow/tfjs-core';

interface TapeNode {
  readonly inputs: Readonly<Record<string, { readonly id: number }>>;
  readonly outputs: readonly { readonly id: number }[];
}

interface Recorder {
  readonly isTapeOn: () => boolean;
  readonly state: { readonly activeTape: TapeNode[] };
}

/**
 * An output that a gradient has saved, so that it can be differentiated again. TensorFlow.js saves a copy, and
 * records the copying before the kernel that made the output: going through the tape in order, a gradient of the
 * gradient takes the copy for a constant. Where one may come, the two change places; otherwise nothing is done.
 */
export const savedOutput = (copy: Tensor): Tensor => {
  const recorder = engine() as unknown as Recorder;
  if (!recorder.isTapeOn()) return copy;
  const { activeTape: tape } = recorder.state;
  const makes =
    (id: number | undefined) =>
    ({ outputs }: TapeNode): boolean =>
      outputs.some((output) => output.id === id);
  const copying = tape.findIndex(makes(copy.id));
  const kernel = tape.findLastIndex(makes(tape[copying]?.inputs.x?.id));
  if (copying >= 0 && kernel > copying) tape.splice(kernel, 0, ...tape.splice(copying, 1));
  return copy;
};
