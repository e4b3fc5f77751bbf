import { execFile } from 'node:child_process';
import { cp, mkdir, mkdtemp, readdir, realpath, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { promisify } from 'node:util';

const execute = promisify(execFile);

/** Runs a script with this Node: its exit code, and all that it printed. */
export const attempt = async (folder: string, script: string, args: readonly string[]) => {
  const options = { cwd: folder, maxBuffer: 2 ** 26 };
  try {
    return { code: 0, ...(await execute(process.execPath, [script, ...args], options)) };
  } catch (error) {
    const { code, stdout = '', stderr = '' } = error as { code?: number; stdout?: string; stderr?: string };
    return { code, stdout, stderr: stderr || String(error) };
  }
};

/** What a script prints; throws with it where the script fails. */
export const run = async (folder: string, script: string, ...args: readonly string[]): Promise<string> => {
  const { code, stdout, stderr } = await attempt(folder, script, args);
  if (code !== 0) throw new Error(`${script} ${args.join(' ')} failed in ${folder}\n${stdout}${stderr}`);
  return stdout;
};

/**
 * The errors that tsc reports for a project, without those in other packages: tfjs-core's own declarations do not pass
 * its check of libraries (ours have to).
 */
export const typeErrors = async (folder: string, project: string): Promise<readonly string[]> => {
  const { code, stdout, stderr } = await attempt(folder, tool('typescript/bin/tsc'), ['-p', project]);
  const lines = stdout.split('\n').filter((line) => / error TS|^error TS/.test(line));
  if (code !== 0 && lines.length === 0) throw new Error(stdout + stderr);
  return lines.filter((line) => !/node_modules\/(?!tfjs-bayesian\/)/.test(line));
};

export const tool = (path: string): string => resolve('node_modules', path);

/** What a user's project has beside the library. */
const installed = ['@tensorflow', '@types', '@webgpu', 'fp-ts', 'cli-progress', 'workerpool', 'vite', 'tsx'];

const link = async (name: string, modules: string): Promise<void> =>
  symlink(await realpath(resolve('node_modules', name)), join(modules, name), 'dir');

/** A project outside of the repository with the packed library installed in it. */
export interface Consumer {
  readonly folder: string;
  /** The library's folder in its node_modules. */
  readonly library: string;
  /** Installs one more package. */
  readonly install: (name: string) => Promise<void>;
  readonly remove: () => Promise<void>;
}

/**
 * Builds the package, packs it with `npm pack` and unpacks the tarball into the node_modules of a new project, with
 * the programs of test/package/consumer. The build goes to a folder of its own, so that dist stays as it is.
 */
export const packedConsumer = async (): Promise<Consumer> => {
  const root = await realpath(await mkdtemp(join(tmpdir(), 'tfjs-bayesian-')));
  const staged = join(root, 'staged');
  const folder = join(root, 'consumer');
  const library = join(folder, 'node_modules', 'tfjs-bayesian');
  await mkdir(library, { recursive: true });
  await mkdir(staged);
  await run('.', tool('tsdown/dist/run.mjs'), '--out-dir', join(staged, 'dist'), '--logLevel', 'error');
  for (const name of await readdir('.'))
    if (/^(package\.json|LICENSE.*|NOTICE|.*\.md)$/.test(name)) await cp(name, join(staged, name));
  await execute('npm', ['pack', '--ignore-scripts', '--silent'], { cwd: staged });
  const tarball = (await readdir(staged)).find((name) => name.endsWith('.tgz'))!;
  await execute('tar', ['-xzf', join(staged, tarball), '-C', library, '--strip-components=1']);
  for (const name of installed) await link(name, dirname(library));
  await cp('test/package/consumer', folder, { recursive: true });
  return {
    folder,
    library,
    install: (name) => link(name, dirname(library)),
    remove: () => rm(root, { recursive: true }),
  };
};
