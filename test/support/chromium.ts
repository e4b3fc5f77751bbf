import { existsSync } from 'node:fs';

const places = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];

/** The Chromium of the environment variable CHROMIUM, or else of the system; undefined where there is none. */
export const chromium = (
  candidates: readonly string[] = process.env.CHROMIUM ? [process.env.CHROMIUM] : places,
): string | undefined => candidates.find((path) => existsSync(path));

/** WebGPU on Chromium's own SwiftShader; with fewer flags there is no adapter, or a synchronous read gives zeros. */
export const chromiumFlags = [
  ...['--no-sandbox', '--enable-unsafe-webgpu', '--enable-features=Vulkan', '--use-vulkan=swiftshader'],
  ...['--use-angle=swiftshader', '--use-webgpu-adapter=swiftshader'],
  // Nothing of its own over the network.
  ...['--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update'],
  '--disable-sync',
] as const;
