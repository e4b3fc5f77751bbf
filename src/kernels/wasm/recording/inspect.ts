import { type InspectAttributes, inspectKernel } from '../../../ops/recording.ts';
import type { WasmKernel } from '../wasmKernel.ts';

/** Inspects the values of a tensor; see `inspectKernel`. */
export const inspect: WasmKernel<InspectAttributes> = {
  name: inspectKernel,
  run: ({ inputs: { x }, attrs, backend }) => {
    attrs.inspect(backend.readSync(x!.dataId) as Int32Array);
    return [];
  },
};
