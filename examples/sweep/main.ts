import { availableParallelism } from 'node:os';
import { parseArgs } from 'node:util';
import * as E from 'fp-ts/lib/Either.js';
import { parallel, pipe, random } from 'tfjs-bayesian';
import { backendHelp, backendOption, type Choice, parseBackend, tryBackend } from '../backend.ts';
import { FAILED, integer, refusal, runProgram, writableFile } from '../commandLine.ts';
import { train } from './jobs.ts';
import { startWorkers } from './workers.ts';

const help = `npm run example sweep -- [options]

Trains twelve networks for the fuel consumption of cars, and prints how well each predicts.

  --runner NAME     inline: one after the other; threads (default); or queue: processes that share a queue
  --size N          the number of threads or processes (default the number of cores)
  --redis URL       where Redis or Valkey is, for --runner queue: redis://localhost:6379
  --epochs N        of each training (default 100)
  --journal FILE    keeps finished trainings, so that the same command continues after a stop
${backendHelp}
  --help            prints this text`;

const runners = ['inline', 'threads', 'queue'] as const;

interface Options {
  readonly runner: (typeof runners)[number];
  readonly size: number;
  readonly epochs: number;
  readonly redis: string | undefined;
  readonly journal: string | undefined;
  readonly backend: Choice;
  readonly help: boolean;
}

const parse = (argv: readonly string[]): E.Either<string, Options> =>
  pipe(
    E.tryCatch(() => {
      const options = {
        runner: { type: 'string', default: 'threads' },
        size: { type: 'string', default: String(availableParallelism()) },
        epochs: { type: 'string', default: '100' },
        redis: { type: 'string' },
        journal: { type: 'string' },
        backend: backendOption,
        help: { type: 'boolean', short: 'h', default: false },
      } as const;
      return parseArgs({ args: [...argv], options, allowPositionals: false }).values;
    }, refusal),
    E.chain(({ runner, size, epochs, redis, journal, backend, help }) =>
      pipe(
        E.Do,
        E.apS(
          'runner',
          E.fromNullable(`--runner must be ${runners.join(', ')}, got '${runner}'`)(
            runners.find((each) => each === runner),
          ),
        ),
        E.apS(
          'redis',
          redis === undefined && runner === 'queue' && !help
            ? E.left('--runner queue needs --redis URL')
            : E.right<string, string | undefined>(redis),
        ),
        E.apS('size', integer('size', size, 1, 1000)),
        E.apS('epochs', integer('epochs', epochs, 1, 100_000)),
        E.apS('journal', journal === undefined ? E.right(undefined) : writableFile('journal', journal)),
        E.apS('backend', parseBackend(backend)),
        E.map((options) => ({ ...options, help })),
      ),
    ),
  );

const digits = (cell: parallel.Cell): parallel.Cell =>
  typeof cell === 'number' && !Number.isInteger(cell) ? Number(cell.toPrecision(3)) : cell;

/** The name of the queue, for the workers too. */
const name = 'sweep-example';

const started = async ({ runner, size, redis = '' }: Options) => {
  const stop = runner === 'queue' ? await startWorkers(size, name, redis) : () => undefined;
  if (runner === 'queue') return { runner: parallel.queue({ connection: redis, name }), stop };
  return { runner: runner === 'inline' ? parallel.inline() : parallel.threads({ size }), stop };
};

const run = async (options: Options): Promise<number> => {
  const { epochs, journal, backend } = options;
  if ((await tryBackend('sweep', backend)) === undefined) return FAILED;
  const { runner, stop } = await started(options);
  const grid = { learningRate: [0.003, 0.01, 0.03], hidden: [16, 64], prior: [0.3, 1], epochs: [epochs] };
  try {
    const rows = await parallel.sweep(train, grid, {
      key: random.key(0),
      runner,
      onProgress: ({ input }) => console.error(`setting ${input} is trained`),
      ...(journal !== undefined && { journal }),
    });
    // The table alone goes to standard output: it is the same from every runner.
    for (const row of parallel.table(rows))
      console.log(
        Object.entries(row)
          .map(([name, cell]) => `${name}=${digits(cell)}`)
          .join(' '),
      );
    return rows.every(({ outcome }) => E.isRight(outcome)) ? 0 : FAILED;
  } finally {
    await runner.close();
    stop();
  }
};

process.exitCode = await runProgram({ name: 'sweep', help, parse, run }, process.argv.slice(2));
