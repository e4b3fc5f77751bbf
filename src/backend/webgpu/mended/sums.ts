import { Mean, Sum, type TensorInfo, util } from '@tensorflow/tfjs-core';
import { countOf, type ParsedReduction, parseReduction, type Reduction, reduceRuns } from '../../axisRuns.ts';
import type { OwnKernel } from '../../replaceKernels.ts';
import { addsUpWell, addUp } from '../addUp.ts';
import { mended } from './mended.ts';
import { fewerAxes, type Reduced } from './reductions.ts';

/** Whether sums of float32 by our program are no slower than tfjs's. */
const isOurs = ({ dtype }: TensorInfo, { runs }: ParsedReduction): boolean =>
  dtype === 'float32' && runs.length > 0 && runs.every(addsUpWell);

/** Sums over axes, or where they are means each divided by how many numbers there are: of nothing a sum is 0, a mean NaN. */
const adding = (name: string, means: boolean): OwnKernel =>
  mended<Reduced, Reduction>(name, (stock) => {
    const others = fewerAxes(stock);
    return (call) => {
      const { backend, inputs, attrs } = call;
      const { x } = inputs;
      const reduction = parseReduction(x.shape, attrs);
      const { runs, shape } = reduction;
      if (x.shape.includes(0)) {
        const size = util.sizeFromShape(shape);
        return means || x.dtype === 'float32'
          ? backend.makeTensorInfo(shape, 'float32', new Float32Array(size).fill(means ? Number.NaN : 0))
          : backend.makeTensorInfo(shape, 'int32', new Int32Array(size));
      }
      if (!isOurs(x, reduction)) return others(call);
      const count = means ? countOf(reduction) : 1;
      return reduceRuns(backend, x, reduction, (from, run) =>
        addUp(backend, from, run, run === runs.at(-1) ? count : 1),
      );
    };
  });

/**
 * Sums and means. tfjs's give a group of threads to each sum, however short it is, and one group however long; they turn
 * the tensor first if the axes are not its last, and throw for a tensor without numbers.
 */
export const sums: readonly OwnKernel[] = [adding(Sum, false), adding(Mean, true)];
