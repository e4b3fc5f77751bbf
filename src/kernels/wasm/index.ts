export { installWasm as install, uninstallWasm as uninstall } from './install.ts';
export { prepareBinary, type Simd } from './simd.ts';
export { defaultThreads, loadFor, type ThreadsInUse, useThreads } from './threads/useThreads.ts';
export { useSimd } from './useSimd.ts';
