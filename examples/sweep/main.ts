import { availableParallelism } from 'node:os';
import { parseArgs } from 'node:util';
import * as E from 'fp-ts/lib/Either.js';
import { parallel, pipe, random } from 'tfjs-bayesian';
import { backendHelp, backendOption, type Choice, parseBackend, tryBackend } from '../backend.ts';
import { FAILED, integer, refusal, runProgram, writableFile } from '../commandLine.ts';
import { train } from './jobs.ts';

const help = `npm run example sweep -- [options]

Trains twelve networks for the fuel consumption of cars, and prints how well each predicts.

  --runner NAME     inline: one after the other, or threads (default)
  --size N          the number of threads (default the number of cores)
  --epochs N        of each training (default 100)
  --journal FILE    keeps finished trainings, so that the same command continues after a stop
${backendHelp}
  --help            prints this text`;

interface Options {
  readonly runner: 'inline' | 'threads';
  readonly size: number;
  readonly epochs: number;
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
        journal: { type: 'string' },
        backend: backendOption,
        help: { type: 'boolean', short: 'h', default: false },
      } as const;
      return parseArgs({ args: [...argv], options, allowPositionals: false }).values;
    }, refusal),
    E.chain(({ runner, size, epochs, journal, backend, help }) =>
      pipe(
        E.Do,
        E.apS(
          'runner',
          runner === 'inline' || runner === 'threads'
            ? E.right<string, Options['runner']>(runner)
            : E.left(`--runner must be inline or threads, got '${runner}'`),
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

const run = async ({ runner: kind, size, epochs, journal, backend }: Options): Promise<number> => {
  if ((await tryBackend('sweep', backend)) === undefined) return FAILED;
  const runner = kind === 'inline' ? parallel.inline() : parallel.threads({ size });
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
  }
};

process.exitCode = await runProgram({ name: 'sweep', help, parse, run }, process.argv.slice(2));
