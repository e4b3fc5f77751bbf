import { parseArgs } from 'node:util';
import * as E from 'fp-ts/lib/Either.js';
import { pipe } from 'fp-ts/lib/function.js';
import { integer, refusal } from '../examples/commandLine.ts';

export interface Options {
  /** The beginnings of the ids of the rows to run; none for all. */
  readonly only: readonly string[];
  /** How many splits or seeds of each experiment; by default all. */
  readonly seeds: number;
  readonly workers: number;
  /** The address of Redis, if the rows are to run on other processes. */
  readonly queue: string | undefined;
  /** The folder of the regression tables. */
  readonly data: string | undefined;
  readonly quick: boolean;
  readonly report: boolean;
  readonly list: boolean;
  readonly help: boolean;
}

export const help = `npm run study -- [options]

Measures what the methods of the library reach on public data. Each row of its tables is a job; rows that the journal
in study/results has are not run again, so the same command continues after a stop.

  --only ID         runs the rows whose ids begin like this, such as regression/housing or images; may be repeated
  --seeds N         the first N splits or seeds of each experiment (default: all)
  --workers N       rows at a time, each in a thread of its own (default 1)
  --queue URL       runs the rows on workers that share a queue in Redis or Valkey at this address, each started by
                    npx tsx --tsconfig tsconfig.run.json dist/command.mjs work --queue study --redis URL --size 1
                    --jobs study/regression/jobs.ts --jobs study/images/jobs.ts --jobs study/memory/jobs.ts
  --data DIR        the folder of the regression tables: NAME.csv.gz and NAME.test-mask.csv.gz
  --quick           a small version of every table, with a journal and a page of its own in out/study
  --report          makes docs/study.md and its figures from the journal, and runs nothing
  --list            prints the ids of the rows, and whether the journal has them
  --help            prints this text`;

const spec = {
  only: { type: 'string', multiple: true },
  seeds: { type: 'string', default: '1000' },
  workers: { type: 'string', default: '1' },
  queue: { type: 'string' },
  data: { type: 'string' },
  quick: { type: 'boolean', default: false },
  report: { type: 'boolean', default: false },
  list: { type: 'boolean', default: false },
  help: { type: 'boolean', short: 'h', default: false },
} as const;

/** The options of a command line, or the error as one line. */
export const parseOptions = (argv: readonly string[]): E.Either<string, Options> =>
  pipe(
    E.tryCatch(() => parseArgs({ args: [...argv], options: spec, allowPositionals: false }).values, refusal),
    E.chain(({ seeds, workers, ...values }) =>
      pipe(
        E.Do,
        E.apS('seeds', integer('seeds', seeds, 1, 1000)),
        E.apS('workers', integer('workers', workers, 1, 1000)),
        E.map((counts) => ({
          ...counts,
          only: values.only ?? [],
          queue: values.queue,
          data: values.data,
          quick: values.quick,
          report: values.report,
          list: values.list,
          help: values.help,
        })),
      ),
    ),
  );
