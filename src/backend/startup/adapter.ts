/** A WebGPU adapter. Browsers withhold some of these fields. */
export interface AdapterInfo {
  /** Such as `'nvidia'`, or empty. */
  readonly vendor: string;
  /** The family of GPUs, such as `'ampere'`, or empty. */
  readonly architecture: string;
  /** The best available name; never empty. */
  readonly description: string;
  /** Whether it runs on the CPU. Its timings do not predict a GPU's. */
  readonly software: boolean;
}

/** The fields of a `GPUAdapterInfo` that are used here. */
export interface RawInfo {
  readonly vendor?: string;
  readonly architecture?: string;
  readonly device?: string;
  readonly description?: string;
  readonly isFallbackAdapter?: boolean;
}

/** The part of a `GPUAdapter` that is used here. */
export interface Adapter {
  readonly info?: RawInfo;
  readonly isFallbackAdapter?: boolean;
}

/** The part of `navigator.gpu` that is used here. */
export interface Gpu {
  readonly requestAdapter: (options: {
    readonly powerPreference: 'high-performance';
  }) => Promise<Adapter | null>;
}

/** Names of software rasterizers: Chromium's and Dawn's, Mesa's and Windows's. */
const software = /swiftshader|llvmpipe|lavapipe|softpipe|software|basic render|\bwarp\b/i;

/**
 * Describes an adapter.
 *
 * @example
 * adapterInfo({ info: { vendor: 'google', architecture: 'swiftshader' } }).software; // true
 */
export const adapterInfo = ({ info = {}, isFallbackAdapter }: Adapter): AdapterInfo => {
  const { vendor = '', architecture = '', device = '', description = '' } = info;
  const names = [vendor, architecture, device, description];
  return {
    vendor,
    architecture,
    description:
      description || device || [vendor, architecture].filter((name) => name !== '').join(' ') || 'unnamed',
    software:
      isFallbackAdapter === true ||
      info.isFallbackAdapter === true ||
      names.some((name) => software.test(name)),
  };
};
