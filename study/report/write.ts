import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import * as E from 'fp-ts/lib/Either.js';
import { plot } from 'tfjs-bayesian';
import { complain } from '../../examples/commandLine.ts';
import { readJournal } from '../journal.ts';
import { drawFigures } from './figures.ts';
import { page } from './page.ts';

/** Makes the page at a path and its figures from the journal in a folder, and returns the paths of all. */
export const writeReport = async (
  results: string,
  file: string,
  figures: string,
): Promise<readonly string[]> => {
  const rows = readJournal(results);
  if (rows.size === 0) return complain(`there are no rows in ${results}: run the study first`);
  mkdirSync(figures, { recursive: true });
  const drawn = await drawFigures([...rows.values()]);
  const paths = drawn.map(({ name }) => path.join(figures, `${name}.svg`));
  for (const [at, { figure }] of drawn.entries()) {
    const saved = await plot.save(figure, paths[at]!)();
    if (E.isLeft(saved)) return complain(saved.left.message);
  }
  const folder = path.relative(path.dirname(file), figures);
  writeFileSync(file, page(rows, { folder: folder.startsWith('.') ? folder : `./${folder}`, drawn }));
  return [file, ...paths];
};
