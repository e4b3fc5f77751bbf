import { backend_util, Sum, util } from '@tensorflow/tfjs-core';
import { mended } from './mended.ts';
import { fewerAxes, type Reduced, type Reduction } from './reductions.ts';

/** A sum over axes. tfjs's own throws for a tensor without numbers, whose sums are 0. */
export const sum = mended<Reduced, Reduction>(Sum, (stock) => (call) => {
  const { shape, dtype } = call.inputs.x;
  if (util.sizeFromShape(shape) > 0) return fewerAxes(stock)(call);
  const { axis, keepDims } = call.attrs;
  const axes = util.parseAxisParam(axis, shape);
  const [kept] = backend_util.computeOutAndReduceShapes(shape, axes);
  const whole = keepDims ? backend_util.expandShapeToKeepDim(kept, axes) : kept;
  const size = util.sizeFromShape(whole);
  const float = dtype === 'float32';
  const zeros = float ? new Float32Array(size) : new Int32Array(size);
  return call.backend.makeTensorInfo(whole, float ? 'float32' : 'int32', zeros);
});
