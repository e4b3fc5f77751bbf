import { invalidArgument, thrownMessage } from '../check/index.ts';
import { node } from '../files/index.ts';
import { isNode } from '../tree/index.ts';
import { thisBuild } from './build.ts';
import type { Encoded } from './encode.ts';
import { fingerprint } from './fingerprint.ts';
import { type Engine, type Execute, storedFailure } from './outcomes.ts';
import { packed, unpacked } from './packed.ts';

/** A line of a journal: the result or the failure of one input. The names before `bytes` are for readers. */
interface Line {
  readonly input: number;
  readonly job: string;
  readonly fingerprint: string;
  readonly build: string;
  readonly config: unknown;
  readonly value?: unknown;
  readonly failure?: { readonly _tag: string; readonly message: string };
  readonly attempt: number;
  readonly log: readonly string[];
  /** The result, exactly, in base64. */
  readonly bytes?: string;
}

const toBase64 = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64');
const fromBase64 = (text: string): Uint8Array => new Uint8Array(Buffer.from(text, 'base64'));

/** A leaf of a structure as JSON shows it: numbers and texts as they are, and others as their text. */
const legibleLeaf = (text: string): unknown => {
  const space = text.indexOf(' ');
  const [kind, rest] = space < 0 ? [text, ''] : [text.slice(0, space), text.slice(space + 1)];
  if (kind === 'number' && Number.isFinite(Number(rest))) return Number(rest);
  if (kind === 'number' || kind === 'string') return rest;
  if (kind === 'boolean') return rest === 'true';
  return kind === 'null' || kind === 'undefined' ? null : text;
};

/** An encoded value as JSON for people and other programs, which need not be exact. */
const legible = ({ structure }: Encoded): unknown => {
  const walk = (value: unknown): unknown => {
    if (typeof value === 'string') return legibleLeaf(value);
    if (Array.isArray(value)) return value.map(walk);
    return isNode(value)
      ? Object.fromEntries(Object.entries(value).map(([name, child]) => [name, walk(child)]))
      : value;
  };
  return walk(JSON.parse(structure));
};

/** A file with a line for each finished input. */
export interface Journal {
  readonly path: string;
  /** The lines with results, by fingerprint. */
  readonly results: () => Promise<ReadonlyMap<string, Line>>;
  readonly append: (line: Line) => Promise<void>;
}

const readLine = (path: string, text: string, index: number): Line => {
  try {
    return JSON.parse(text) as Line;
  } catch (error) {
    throw new Error(`parallel.sweep: line ${index + 1} of ${path} is not JSON: ${thrownMessage(error)}`);
  }
};

/**
 * Opens a journal, for the function `fn`.
 *
 * @throws Error if it is not a path or `file:` URL, or outside Node
 * @example
 * const { results, append } = openJournal('parallel.sweep', 'sweep.jsonl');
 */
export const openJournal = (fn: string, place: string | URL): Journal => {
  const isPath = (typeof place === 'string' && place !== '') || place instanceof URL;
  if (!isPath) return invalidArgument(`${fn}: journal`, 'a path or a file: URL', place);
  const system = node();
  if (system === undefined) throw new Error(`${fn}: only Node has files for a journal`);
  const path = system.path.resolve(place instanceof URL ? system.url.fileURLToPath(place) : place);
  const state: { last: Promise<void> } = { last: Promise.resolve() };
  const write = async (line: Line): Promise<void> => {
    const handle = await system.files.open(path, 'a');
    try {
      await handle.writeFile(`${JSON.stringify(line)}\n`);
      await handle.datasync();
    } finally {
      await handle.close();
    }
  };
  return {
    path,
    results: async () => {
      const text = system.fs.existsSync(path) ? await system.files.readFile(path, 'utf8') : '';
      const lines = text.split('\n');
      // What is behind the last end of a line was cut off by a crash.
      const rest = lines.pop() ?? '';
      if (rest !== '') await system.files.truncate(path, Buffer.byteLength(text) - Buffer.byteLength(rest));
      const read = lines.flatMap((line, index) => (line === '' ? [] : [readLine(path, line, index)]));
      return new Map(
        read.filter(({ bytes }) => bytes !== undefined).map((line) => [line.fingerprint, line] as const),
      );
    },
    append: (line) => {
      state.last = state.last.then(() => write(line));
      return state.last;
    },
  };
};

const valueIn = ({ path }: Journal, { bytes = '', input }: Line): Encoded => {
  const read = unpacked(fromBase64(bytes));
  if (read._tag === 'Right') return read.right.encoded;
  throw new Error(`parallel.sweep: the bytes of input ${input} in ${path} are damaged: ${read.left}`);
};

/** An engine that takes results from a journal, and adds those that it computes. */
export const journaling = (journal: Journal, mixed: boolean, { size, execute }: Engine): Engine => {
  const known: { results?: ReturnType<Journal['results']> } = {};
  const journaled: Execute = async (job, task, hooks) => {
    known.results ??= journal.results();
    const before = await known.results;
    const own = await fingerprint(job, task);
    const line = before.get(own);
    const build = thisBuild();
    if (line !== undefined && line.build !== build && !mixed)
      throw new Error(
        `parallel.sweep: ${journal.path} has results of ${line.build}, and this is ${build}, whose last bits may differ; mixed: true allows it`,
      );
    if (line !== undefined) {
      line.log.forEach(hooks.log);
      return { _tag: 'Done', value: valueIn(journal, line), wasThere: true };
    }
    const log: string[] = [];
    const config = legible(task.config);
    const reply = await execute(job, task, {
      ...hooks,
      log: (text) => {
        log.push(text);
        hooks.log(text);
      },
    });
    const { input, attempt } = task;
    const common = { input, job: job.name, fingerprint: own, build, config, attempt, log };
    const failure = reply._tag === 'Done' ? undefined : storedFailure(reply, hooks.signal);
    if (reply._tag === 'Done')
      await journal.append({ ...common, value: legible(reply.value), bytes: toBase64(packed(reply.value)) });
    else if (failure !== undefined) await journal.append({ ...common, failure });
    return reply;
  };
  return { size, execute: journaled };
};
