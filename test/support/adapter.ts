import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';

/** Where Debian's Chromium keeps SwiftShader, a Vulkan driver in software. */
const chromiumsDriver = '/usr/lib/chromium/vk_swiftshader_icd.json';

const probe = `
  import { create } from 'webgpu';
  process.exit((await create([]).requestAdapter()) ? 0 : 1);`;

/** Whether Dawn finds an adapter with these variables. Another process asks, for a driver may end the one that asks. */
const hasAdapter = (env: Readonly<Record<string, string>>): boolean => {
  try {
    execFileSync(process.execPath, ['--input-type=module', '-e', probe], {
      env: { ...process.env, ...env },
      stdio: 'ignore',
      timeout: 60_000,
    });
    return true;
  } catch {
    return false;
  }
};

/**
 * The environment variables with which WebGPU has an adapter in Node: none where Vulkan finds a driver by itself
 * or the environment names one, otherwise those that name `driver`; undefined where there is no adapter either way.
 */
export const adapterVariables = (driver = chromiumsDriver): Readonly<Record<string, string>> | undefined =>
  [{}, ...(existsSync(driver) && !process.env.VK_DRIVER_FILES ? [{ VK_DRIVER_FILES: driver }] : [])].find(
    hasAdapter,
  );
