import { hasRelaxedSimd } from '../../../src/kernels/wasm/hasRelaxedSimd.ts';
import { allowRelaxedSimd } from './allowRelaxedSimd.ts';

allowRelaxedSimd();
if (!hasRelaxedSimd()) throw new Error(`Node ${process.version} has no relaxed SIMD`);
