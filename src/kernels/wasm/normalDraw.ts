import { type TensorInfo, util } from '@tensorflow/tfjs-core';
import {
  type NormalDrawAttributes,
  normalDrawGradientKernel,
  normalDrawKernel,
} from '../../ops/normalDraw.ts';
import { type KernelModule, kernelModule } from './kernelModule.ts';
import { withScratch } from './memory.ts';
import { tensorAddress } from './wasmBackend.ts';
import type { WasmCall, WasmKernel } from './wasmKernel.ts';

/** Runs a function of the compiled kernels with its scratch, initialised with all keys. */
const withKeys = (
  { attrs, backend }: WasmCall<NormalDrawAttributes>,
  f: (module: KernelModule, keys: number, scratch: number) => void,
): void => {
  const { words } = attrs;
  const module = kernelModule(backend);
  const keys = words.length / 2;
  withScratch(backend, module.normalDrawScratch(keys), (scratch) => {
    for (let at = 0; at < keys; at++) module.putKey(scratch, at, words[2 * at]!, words[2 * at + 1]!);
    f(module, keys, scratch);
  });
};

/** Draws from normal distributions with the sums of both log densities; see `normalDrawKernel`. */
export const normalDraw: WasmKernel<NormalDrawAttributes, TensorInfo[]> = {
  name: normalDrawKernel,
  run: (call) => {
    const { inputs, attrs, backend } = call;
    const { words, eps, each, centre, precision, priorEach } = attrs;
    const { shape } = inputs.mean!;
    const samples = words.length / 2;
    const outputs = [[samples, ...shape], [samples], [samples]].map((each) =>
      backend.makeOutput(each, 'float32'),
    );
    const [mean, logStd, weights, posterior, prior] = [inputs.mean!, inputs.logStd!, ...outputs].map(
      (tensor) => tensorAddress(backend, tensor),
    ) as [number, number, number, number, number];
    withKeys(call, (module, keys, scratch) =>
      module.normalDraw(
        util.sizeFromShape(shape),
        keys,
        mean,
        logStd,
        eps,
        each,
        centre,
        precision,
        priorEach,
        weights,
        posterior,
        prior,
        scratch,
      ),
    );
    return outputs;
  },
};

/** The gradient of those draws; see `normalDrawGradientKernel`. */
export const normalDrawGradient: WasmKernel<NormalDrawAttributes, TensorInfo[]> = {
  name: normalDrawGradientKernel,
  run: (call) => {
    const { inputs, attrs, backend } = call;
    const { eps, centre, precision } = attrs;
    const { shape } = inputs.mean!;
    const outputs = [shape, shape].map((each) => backend.makeOutput(each, 'float32'));
    const at = (tensor: TensorInfo | undefined): number => tensorAddress(backend, tensor!);
    const [mean, logStd, weights] = [at(inputs.mean), at(inputs.logStd), at(inputs.weights)];
    const given = [at(inputs.dWeights), at(inputs.dPosterior), at(inputs.dPrior)] as const;
    const [dMean, dLogStd] = [at(outputs[0]), at(outputs[1])];
    withKeys(call, (module, keys, scratch) =>
      module.normalDrawGradient(
        util.sizeFromShape(shape),
        keys,
        mean,
        logStd,
        weights,
        ...given,
        eps,
        centre,
        precision,
        dMean,
        dLogStd,
        scratch,
      ),
    );
    return outputs;
  },
};
