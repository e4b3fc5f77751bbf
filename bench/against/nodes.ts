import { mkdir, mkdtemp, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { output } from './child.ts';

/** A Node to run a side with. */
export interface NodeVersion {
  /** Such as v22.23.1. */
  readonly version: string;
  /** The path of its program. */
  readonly program: string;
}

/** npm's packages with a Node each, which need no installation of their own. */
const packageName = `node-${process.platform === 'win32' ? 'win' : process.platform}-${process.arch}`;

const installed = async (wanted: string, folder: string, signal: AbortSignal): Promise<NodeVersion> => {
  const own = join(folder, wanted);
  await mkdir(own);
  // npm installs into the nearest folder with such a file.
  await writeFile(join(own, 'package.json'), '{"private":true}');
  const flags = ['--no-save', '--no-audit', '--no-fund', '--prefer-offline'];
  await output('npm', ['install', ...flags, `${packageName}@${wanted}`], { folder: own, signal });
  const program = join(
    own,
    'node_modules',
    packageName,
    'bin',
    process.platform === 'win32' ? 'node.exe' : 'node',
  );
  const version = (await output(program, ['--version'], { folder: own, signal })).trim();
  return { version, program };
};

/**
 * Runs a function with the wanted major versions of Node, which npm installs in a temporary folder and which are removed
 * afterwards; without any, with the Node that is running.
 *
 * @throws Error if npm cannot install one, with what it said
 */
export const withNodes = async <A>(
  wanted: readonly number[],
  signal: AbortSignal,
  onProgress: (text: string) => void,
  f: (nodes: readonly NodeVersion[]) => Promise<A>,
): Promise<A> => {
  if (wanted.length === 0) return f([{ version: process.version, program: process.execPath }]);
  const folder = await realpath(await mkdtemp(join(tmpdir(), 'tfjs-bayesian-nodes-')));
  try {
    const nodes: NodeVersion[] = [];
    for (const major of wanted) {
      onProgress(`Node ${major}`);
      nodes.push(await installed(String(major), folder, signal));
    }
    return await f(nodes);
  } finally {
    await rm(folder, { recursive: true, force: true, maxRetries: 3 });
  }
};
