import { parseArgs } from 'node:util';
import * as E from 'fp-ts/lib/Either.js';
import { pipe } from 'fp-ts/lib/function.js';
import { integer, refusal, writableFile } from '../examples/commandLine.ts';
import { groupName } from './contender.ts';

/** What is measured. */
export type Mode = 'compare' | 'growth' | 'flat' | 'memory' | 'workers' | 'browser' | 'against';

/** Where it runs. */
export type Backend = 'wasm' | 'webgpu';

export interface Options {
  readonly backend: Backend;
  readonly mode: Mode;
  readonly rounds: number;
  /** Names and groups of contenders; none stands for all. */
  readonly only: readonly string[];
  /** The numbers of threads with which everything on this library's kernels is measured. */
  readonly threads: readonly number[];
  /** Steps of `--flat` or `--memory`. */
  readonly steps: number;
  /** The numbers of workers of `--workers`. */
  readonly workers: readonly number[];
  /** The revision of `--against`, else empty. */
  readonly against: string;
  /** The major versions of Node with which `--against` measures; none stands for the one that is running. */
  readonly nodes: readonly number[];
  readonly json: string;
  readonly help: boolean;
}

/** Where results go unless said otherwise. */
export const LATEST = 'bench/results/latest.json';

export const help = `Measures training steps and predictions against stock TensorFlow.js and jax-js, on the wasm backend, or on webgpu
training steps alone against stock TensorFlow.js.

npm run bench -- [options]

  --backend NAME wasm or webgpu (default wasm)
  --rounds N     how often everything is measured, one after another (default 5)
  --only NAME    this contender or group alone, such as step or step/ours; may be repeated
  --threads N,M  what runs on this library's kernels for wasm, once with each of these numbers of threads (default 1)
  --json FILE    where the results go as JSON (default ${LATEST})
  --help         this text

  --against REV  this build beside that of a revision of this repository, in turn: what runs on this library, or --only
  --node 20,22   with each of these major versions of Node, which npm installs in a temporary folder

On wasm, one of these measures something else instead:

  --growth       the step with 1 to 64 samples, batches of 16 to 512, widths of 128 to 2048
  --flat N       N steps of training on MNIST in ten blocks: their medians, and denormal numbers
                 (closed form; --only step/ours for the sampled one)
  --memory N     peak memory over N sampled steps, in a process of its own
  --workers 1,2  steps and predictions on so many worker threads each, beside this thread
  --browser      steps and predictions in Chromium, beside jax-js: in a page that is cross-origin isolated, with --threads,
                 and in an ordinary one`;

const spec = {
  backend: { type: 'string', default: 'wasm' },
  rounds: { type: 'string', default: '5' },
  only: { type: 'string', multiple: true, default: [] as string[] },
  threads: { type: 'string', default: '1' },
  json: { type: 'string', default: LATEST },
  growth: { type: 'boolean', default: false },
  flat: { type: 'string' },
  memory: { type: 'string' },
  workers: { type: 'string' },
  browser: { type: 'boolean', default: false },
  against: { type: 'string' },
  node: { type: 'string' },
  help: { type: 'boolean', short: 'h', default: false },
} as const;

const parseOnly = (
  names: readonly string[],
  known: readonly string[],
): E.Either<string, readonly string[]> => {
  const groups = [...new Set(known.map(groupName))];
  const bad = names.find((name) => !known.includes(name) && !groups.includes(name));
  return bad === undefined
    ? E.right(names)
    : E.left(`--only must be one of ${groups.join(', ')} or a name such as step/ours, got '${bad}'`);
};

const parseThreads = (text: string): E.Either<string, readonly number[]> => {
  const counts = text.split(',').map(Number);
  return counts.every((count) => Number.isInteger(count) && count >= 1 && count <= 256)
    ? E.right([...new Set(counts)])
    : E.left(`--threads must be one or more integers from 1 to 256 such as 1,2, got '${text}'`);
};

const parseNodes = (text: string | undefined): E.Either<string, readonly number[]> => {
  const majors = text === undefined ? [] : text.split(',').map(Number);
  return majors.every((major) => Number.isInteger(major) && major >= 20 && major < 100)
    ? E.right([...new Set(majors)])
    : E.left(`--node must be one or more major versions from 20 on, such as 20,22, got '${text}'`);
};

const assertNodes = (mode: Mode, nodes: readonly number[]): E.Either<string, void> =>
  mode === 'against' || nodes.length === 0 ? E.right(undefined) : E.left('--node goes with --against alone');

/** Whether a mode measures on several numbers of threads. */
const assertThreads = (backend: Backend, mode: Mode, threads: readonly number[]): E.Either<string, void> => {
  const fine = backend === 'wasm' && ['compare', 'against', 'browser'].includes(mode);
  if (fine || threads.join() === '1') return E.right(undefined);
  return E.left(`--threads does not go with ${backend === 'wasm' ? `--${mode}` : '--backend webgpu'}`);
};

const flatNames = ['closed/ours', 'step/ours'];

interface Chosen {
  readonly mode: Mode;
  readonly steps: number;
  readonly workers: readonly number[];
  readonly against: string;
}

/** `--only` chooses among contenders; in a long training there are two, elsewhere none. */
const assertChoice = (only: readonly string[], mode: Mode): E.Either<string, void> => {
  if (['compare', 'against', 'workers', 'browser'].includes(mode) || only.length === 0)
    return E.right(undefined);
  if (mode !== 'flat') return E.left(`--only does not go with --${mode}`);
  const fine = only.length === 1 && flatNames.includes(only[0] as string);
  return fine
    ? E.right(undefined)
    : E.left(`--only with --flat must be ${flatNames.join(' or ')}, got '${only.join(' ')}'`);
};

const parseBackend = (text: string): E.Either<string, Backend> =>
  text === 'wasm' || text === 'webgpu'
    ? E.right(text)
    : E.left(`--backend must be wasm or webgpu, got '${text}'`);

const assertMode = (backend: Backend, mode: Mode): E.Either<string, void> =>
  backend === 'wasm' || mode === 'compare' ? E.right(undefined) : E.left(`--${mode} is for wasm alone`);

interface Modes {
  readonly growth: boolean;
  readonly browser: boolean;
  readonly flat?: string | undefined;
  readonly memory?: string | undefined;
  readonly workers?: string | undefined;
  readonly against?: string | undefined;
}

/** Different numbers of workers, in ascending order. */
const parseWorkers = (text: string): E.Either<string, readonly number[]> => {
  const counts = text.split(',').map(Number);
  const fine = counts.every(
    (count, i) => Number.isInteger(count) && count > (counts[i - 1] ?? 0) && count <= 64,
  );
  return fine
    ? E.right(counts)
    : E.left(`--workers must be ascending integers from 1 to 64, such as 1,2, got '${text}'`);
};

const readMode = ({ growth, browser, flat, memory, workers, against }: Modes): E.Either<string, Chosen> => {
  const texts = [flat, memory, workers, against];
  const count = [growth, browser, ...texts.map((text) => text !== undefined)].filter(Boolean).length;
  if (count > 1)
    return E.left('--growth, --flat, --memory, --workers, --browser and --against go one at a time');
  const none = { steps: 0, workers: [], against: '' };
  const withSteps = (mode: Mode) => E.map((steps: number): Chosen => ({ ...none, mode, steps }));
  if (against !== undefined) return E.right({ ...none, mode: 'against', against });
  if (workers !== undefined)
    return E.map((counts: readonly number[]): Chosen => ({ ...none, mode: 'workers', workers: counts }))(
      parseWorkers(workers),
    );
  if (flat !== undefined) return withSteps('flat')(integer('flat', flat, 1, 1_000_000));
  if (memory !== undefined) return withSteps('memory')(integer('memory', memory, 1, 1_000_000));
  return E.right({ ...none, mode: growth ? 'growth' : browser ? 'browser' : 'compare' });
};

const raw = (argv: readonly string[]) =>
  E.tryCatch(() => parseArgs({ args: [...argv], options: spec, allowPositionals: false }).values, refusal);

/** The options of a command line, or one line that says what is wrong with it. `known` names all contenders of each backend. */
export const parseOptions = (
  argv: readonly string[],
  known: Readonly<Record<Backend, readonly string[]>>,
): E.Either<string, Options> =>
  pipe(
    raw(argv),
    E.chain((values) =>
      pipe(
        E.Do,
        E.apS('backend', parseBackend(values.backend)),
        E.apS('rounds', integer('rounds', values.rounds, 1, 10_000)),
        E.bind('only', ({ backend }) => parseOnly(values.only, known[backend])),
        E.apS('threads', parseThreads(values.threads)),
        E.apS('nodes', parseNodes(values.node)),
        E.apS('json', writableFile('json', values.json)),
        E.apS('chosen', readMode(values)),
        E.chainFirst(({ only, chosen }) => assertChoice(only, chosen.mode)),
        E.chainFirst(({ backend, chosen }) => assertMode(backend, chosen.mode)),
        E.chainFirst(({ chosen, nodes }) => assertNodes(chosen.mode, nodes)),
        E.chainFirst(({ backend, chosen, threads }) => assertThreads(backend, chosen.mode, threads)),
        E.map(({ chosen, ...options }) => ({ ...options, ...chosen, help: values.help })),
      ),
    ),
  );
