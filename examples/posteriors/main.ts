import { mkdirSync } from 'node:fs';
import path from 'node:path';
import * as E from 'fp-ts/lib/Either.js';
import { plot } from 'tfjs-bayesian';
import { onBackend } from '../backend.ts';
import { complain } from '../commandLine.ts';
import { compare, table } from './compare.ts';
import { settings } from './ways.ts';

const FOLDER = path.join('out', 'posteriors');

process.exitCode = await onBackend('posteriors', process.argv.slice(2), async (backend) => {
  console.log(`One regression with a gap, seven posteriors, ${backend} backend.\n`);
  const rows = await compare(settings, console.log);
  console.log(`\nOn 400 points in the gap and 400 beside it, 90 % intervals, NLL in nats a point:\n`);
  console.log(table(rows));
  mkdirSync(FOLDER, { recursive: true });
  for (const { name, figure } of rows) {
    const saved = await plot.save(figure, path.join(FOLDER, `posterior-${name}.svg`))();
    if (E.isLeft(saved)) return complain(saved.left.message);
  }
  console.log(`\nFigures in ${FOLDER}.`);
  return 0;
});
