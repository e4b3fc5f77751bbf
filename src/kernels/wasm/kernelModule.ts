import { binary, type Simd, simdFor } from './simd.ts';
import { type WasmBackend, wasmMemory } from './wasmBackend.ts';

type DepthwiseRow = (
  windows: number,
  taps: number,
  channels: number,
  multiplier: number,
  length: number,
  stride: number,
  dilation: number,
  pad: number,
  image: number,
  dy: number,
  filter: number,
) => void;

type PoolLayout = readonly [
  images: number,
  channels: number,
  height: number,
  width: number,
  rows: number,
  columns: number,
  tapRows: number,
  tapColumns: number,
  strideRows: number,
  strideColumns: number,
  top: number,
  left: number,
];

/** The exports of the compiled kernels. Addresses and strides are in bytes; see the folder assembly. */
export interface KernelModule {
  readonly adam: (
    count: number,
    first: number,
    second: number,
    gradient: number,
    nextFirst: number,
    nextSecond: number,
    result: number,
    params: number,
    rate1: number,
    rate2: number,
    coarse: number,
    tiny: number,
    scale: number,
    epsilon: number,
    rate: number,
  ) => void;
  readonly addNoise: (
    count: number,
    repeats: number,
    step: number,
    location: number,
    variance: number,
    noise: number,
    out: number,
  ) => void;
  readonly addNoiseGradient: (
    count: number,
    dy: number,
    variance: number,
    noise: number,
    dVariance: number,
  ) => void;
  readonly addNoiseScratch: () => number;
  readonly addNoiseSums: (
    count: number,
    repeats: number,
    step: number,
    dy: number,
    variance: number,
    noise: number,
    dLocation: number,
    dVariance: number,
    scratch: number,
  ) => void;
  readonly cholesky: (n: number, a: number, out: number, scratch: number) => number;
  readonly clip: (count: number, x: number, low: number, high: number, out: number) => void;
  readonly extremes: (
    larger: number,
    count: number,
    a: number,
    stepA: number,
    b: number,
    stepB: number,
    out: number,
    scratch: number,
  ) => void;
  readonly combine: (
    kind: number,
    first: number,
    last: number,
    inner: number,
    columns: number,
    a: number,
    outerA: number,
    innerA: number,
    nextA: number,
    b: number,
    outerB: number,
    innerB: number,
    nextB: number,
    out: number,
  ) => void;
  readonly convolution: (
    first: number,
    last: number,
    plan: number,
    x: number,
    filter: number,
    bias: number,
    out: number,
    scratch: number,
  ) => void;
  readonly convolutionByFilter: (
    first: number,
    last: number,
    plan: number,
    x: number,
    dy: number,
    out: number,
    scratch: number,
  ) => void;
  readonly convolutionByInput: (
    first: number,
    last: number,
    plan: number,
    dy: number,
    filter: number,
    out: number,
    scratch: number,
  ) => void;
  readonly convolutionScratch: (plan: number, byFilter: boolean) => number;
  readonly drawScratch: () => number;
  readonly draw: (
    kind: number,
    k0: number,
    k1: number,
    start: number,
    end: number,
    x: number,
    y: number,
    out: number,
    scratch: number,
  ) => void;
  readonly drawnProduct: (
    first: number,
    last: number,
    rows: number,
    columns: number,
    depth: number,
    keys: number,
    words: number,
    x: number,
    xStep: number,
    mean: number,
    logStd: number,
    out: number,
    scratch: number,
  ) => void;
  readonly drawnProductScratch: () => number;
  readonly exp: (count: number, x: number, out: number, scratch: number) => void;
  readonly expm1: (count: number, x: number, out: number, scratch: number) => void;
  readonly expScratch: () => number;
  readonly groupNorm: (
    rows: number,
    positions: number,
    channels: number,
    groups: number,
    share: number,
    centred: boolean,
    eps: number,
    x: number,
    weight: number,
    bias: number,
    out: number,
    means: number,
    inverses: number,
    scratch: number,
  ) => void;
  readonly groupNormGradient: (
    rows: number,
    positions: number,
    channels: number,
    groups: number,
    share: number,
    centred: boolean,
    dy: number,
    x: number,
    weight: number,
    means: number,
    inverses: number,
    dx: number,
    dWeight: number,
    dBias: number,
    scratch: number,
  ) => void;
  readonly groupNormScratch: (channels: number) => number;
  readonly ivon: (
    count: number,
    momentum: number,
    dMean: number,
    dLogStd: number,
    logStd: number,
    nextMomentum: number,
    mean: number,
    spread: number,
    params: number,
    rate1: number,
    coarse: number,
    rate2: number,
    scale: number,
    learningRate: number,
    clipRadius: number,
    limit: number,
    lost: number,
    scratch: number,
  ) => void;
  readonly ivonScratch: () => number;
  readonly joinSquare: (count: number, dx: number, x: number, dSquare: number, out: number) => void;
  readonly log1pNearZero: (count: number, x: number, out: number) => void;
  readonly mapEach: (kind: number, count: number, below: number, x: number, out: number) => void;
  readonly moments: (
    rows: number,
    positions: number,
    channels: number,
    x: number,
    out: number,
    scratch: number,
  ) => void;
  readonly momentsGradient: (
    rows: number,
    positions: number,
    channels: number,
    dy: number,
    x: number,
    moments: number,
    dx: number,
    scratch: number,
  ) => void;
  readonly momentsScratch: (channels: number) => number;
  readonly addDoubles: (rows: number, columns: number, from: number, out: number) => void;
  readonly normalDivergence: (
    count: number,
    mean: number,
    logStd: number,
    centre: number,
    scale: number,
    logScale: number,
    variance: number,
    sums: number,
    scratch: number,
  ) => void;
  readonly normalDivergenceGradient: (
    count: number,
    mean: number,
    logStd: number,
    variance: number,
    dMean: number,
    dVariance: number,
    dDivergence: number,
    centre: number,
    precision: number,
    logScale: number,
    outMean: number,
    outLogStd: number,
  ) => void;
  readonly normalDivergenceScratch: () => number;
  readonly normalDraw: (
    start: number,
    end: number,
    size: number,
    keys: number,
    words: number,
    mean: number,
    logStd: number,
    eps: number,
    centre: number,
    out: number,
    sums: number,
    scratch: number,
  ) => void;
  readonly normalDrawDensities: (
    size: number,
    keys: number,
    sums: number,
    each: number,
    precision: number,
    priorEach: number,
    posterior: number,
    prior: number,
  ) => void;
  readonly normalDrawGradient: (
    start: number,
    end: number,
    size: number,
    keys: number,
    words: number,
    mean: number,
    logStd: number,
    weights: number,
    gradients: number,
    posterior: number,
    prior: number,
    eps: number,
    centre: number,
    precision: number,
    dMean: number,
    dLogStd: number,
    scratch: number,
  ) => void;
  readonly normalDrawScratch: () => number;
  readonly normalDrawSums: (size: number, keys: number) => number;
  readonly productScratch: (depth: number) => number;
  readonly products: (
    count: number,
    offsets: number,
    rows: number,
    columns: number,
    depth: number,
    left: number,
    leftRow: number,
    leftNext: number,
    right: number,
    rightColumn: number,
    rightNext: number,
    out: number,
    outRow: number,
    first: number,
    bias: number,
    every: number,
    mask: number,
    rectified: boolean,
    scratch: number,
  ) => void;
  readonly zero: (out: number, bytes: number) => void;
  readonly addToDoubles: (count: number, from: number, to: number) => void;
  readonly fromDoubles: (count: number, from: number, divisor: number, to: number) => void;
  readonly avgPoolGradient: (...layoutAndAddresses: readonly [...PoolLayout, dy: number, dx: number]) => void;
  readonly maxPoolGradient: (
    ...layoutAndAddresses: readonly [
      ...PoolLayout,
      x: number,
      y: number,
      dy: number,
      dx: number,
      apart: boolean,
      covered: boolean,
    ]
  ) => void;
  readonly maxPool: (
    ...layoutAndAddresses: readonly [...PoolLayout, lowest: number, x: number, out: number]
  ) => void;
  readonly fillRows: (rows: number, count: number, step: number, from: number, to: number) => void;
  readonly depthwiseRow: DepthwiseRow;
  readonly depthwiseFilterRow: DepthwiseRow;
  readonly depthwiseInputRow: DepthwiseRow;
  readonly segmentSum: (
    rows: number,
    depth: number,
    segments: number,
    ids: number,
    x: number,
    out: number,
    long: number,
    slots: number,
    doubles: number,
  ) => void;
  readonly longSegments: (rows: number, segments: number, ids: number, slots: number) => number;
  readonly repeat: (blocks: number, bytes: number, times: number, from: number, out: number) => void;
  readonly reluGradient: (count: number, dy: number, y: number, out: number) => void;
  readonly softmaxScratch: () => number;
  readonly softmax: (rows: number, columns: number, x: number, out: number, scratch: number) => void;
  readonly softmaxGradient: (rows: number, columns: number, y: number, dy: number, out: number) => void;
  readonly labelLogProbs: (
    rows: number,
    classes: number,
    x: number,
    labels: number,
    out: number,
    largest: number,
    logSums: number,
    scratch: number,
  ) => void;
  readonly labelLogProbsGradient: (
    rows: number,
    classes: number,
    dy: number,
    x: number,
    labels: number,
    largest: number,
    logSums: number,
    dx: number,
    scratch: number,
  ) => void;
  readonly sumColumns: (
    matrices: number,
    rows: number,
    columns: number,
    bytes: number,
    divisor: number,
    x: number,
    out: number,
    scratch: number,
  ) => void;
  readonly sumRows: (rows: number, columns: number, divisor: number, x: number, out: number) => void;
  readonly swapMiddle: (
    first: number,
    last: number,
    rows: number,
    columns: number,
    count: number,
    from: number,
    out: number,
  ) => void;
  readonly sumScratch: (columns: number) => number;
  readonly threefry: (
    k0: number,
    k1: number,
    high: number,
    low: number,
    count: number,
    out: number,
    table: number,
  ) => void;
  readonly triangularSolve: (
    n: number,
    columns: number,
    transposed: boolean,
    unit: boolean,
    lower: number,
    right: number,
    out: number,
    scratch: number,
  ) => void;
}

/** The import section of the compiled kernels: a memory of at least one page. */
const unshared = '\x02\x0f\x01\x03env\x06memory\x02\x00\x01';
/** The same for shared memory, which must declare its maximum size: 4 GiB. */
const shared = '\x02\x12\x01\x03env\x06memory\x02\x03\x01\x80\x80\x04';

/** The compiled kernels of a build. For shared memory (TensorFlow.js with threads) only the import section differs. */
const bytes = (memory: WebAssembly.Memory, simd: Simd): Uint8Array<ArrayBuffer> => {
  const code = binary(simd);
  const onShared = typeof SharedArrayBuffer !== 'undefined' && memory.buffer instanceof SharedArrayBuffer;
  return Uint8Array.from(onShared ? code.replace(unshared, shared) : code, (char) => char.charCodeAt(0));
};

const place: unique symbol = Symbol.for('tfjs-bayesian/kernelModule');

/** The kernels as they are compiled, which threads can be given, and as functions on a backend's memory. */
export interface CompiledKernels {
  readonly simd: Simd;
  readonly module: WebAssembly.Module;
  readonly exports: KernelModule;
}

type Home = { [place]?: CompiledKernels };

/** Compiles the kernels of a build for a backend, in place of those it has. */
export const compileFor = (backend: WasmBackend, simd: Simd): CompiledKernels => {
  const memory = wasmMemory(backend);
  const module = new WebAssembly.Module(bytes(memory, simd));
  const { exports } = new WebAssembly.Instance(module, { env: { memory } });
  const value = { simd, module, exports: exports as unknown as KernelModule };
  Object.defineProperty(backend, place, { value, configurable: true });
  return value;
};

/**
 * The compiled kernels of a wasm backend, instantiated at the first call and cached on the backend: those for relaxed SIMD
 * where the engine has it, unless `compileFor` has been called.
 *
 * @throws WebAssembly.CompileError if SIMD is not supported
 */
export const compiledKernels = (backend: WasmBackend): CompiledKernels =>
  (backend as Home)[place] ?? compileFor(backend, simdFor());

/** The compiled kernels on the memory of a wasm backend. */
export const kernelModule = (backend: WasmBackend): KernelModule => compiledKernels(backend).exports;

/** The names of the compiled kernels, in the same order on each thread. */
export const kernelNames = (module: WebAssembly.Module): readonly string[] =>
  WebAssembly.Module.exports(module).map(({ name }) => name);
