import * as E from 'fp-ts/lib/Either.js';
import { describe, expect, test } from 'vitest';
import { help, LATEST, parseOptions } from '../../bench/options.ts';

const known = ['unit', 'step/ours', 'step/stock', 'closed/ours'];
const onGpu = ['step-64-10/ours', 'step-64-10/stock'];
const parse = (line: string) =>
  parseOptions(line === '' ? [] : line.split(' '), { wasm: known, webgpu: onGpu });

describe('parseOptions', () => {
  test('has the defaults that the help lists', () => {
    expect(parse('')).toEqual(
      E.right({
        backend: 'wasm',
        mode: 'compare',
        rounds: 5,
        only: [],
        threads: [1],
        steps: 0,
        workers: [],
        against: '',
        nodes: [],
        json: LATEST,
        help: false,
      }),
    );
    expect(help).toContain('(default 5)');
    expect(help).toContain(`(default ${LATEST})`);
  });

  test('takes every option', () => {
    expect(parse('--rounds 3 --only step --only closed/ours --threads 1,2 --json x.json')).toEqual(
      E.right({
        backend: 'wasm',
        mode: 'compare',
        rounds: 3,
        only: ['step', 'closed/ours'],
        threads: [1, 2],
        steps: 0,
        workers: [],
        against: '',
        nodes: [],
        json: 'x.json',
        help: false,
      }),
    );
    expect(parse('--growth')).toMatchObject(E.right({ mode: 'growth' }));
    expect(parse('--flat 5000')).toMatchObject(E.right({ mode: 'flat', steps: 5000 }));
    expect(parse('--memory 1000')).toMatchObject(E.right({ mode: 'memory', steps: 1000 }));
    expect(parse('--workers 1,2,8 --only step')).toMatchObject(
      E.right({ mode: 'workers', workers: [1, 2, 8], only: ['step'] }),
    );
    expect(parse('--against HEAD~1 --only step')).toMatchObject(
      E.right({ mode: 'against', against: 'HEAD~1', only: ['step'] }),
    );
    expect(parse('--against HEAD --node 22,24,22')).toMatchObject(E.right({ nodes: [22, 24] }));
    expect(parse('--backend webgpu --only step-64-10')).toMatchObject(
      E.right({ backend: 'webgpu', mode: 'compare', only: ['step-64-10'] }),
    );
    expect(parse('-h')).toMatchObject(E.right({ help: true }));
  });

  test.each([
    ['--rounds 0', "--rounds must be an integer from 1 to 10000, got '0'"],
    ['--rounds=', "--rounds must be an integer from 1 to 10000, got ''"],
    ['--threads 0', "--threads must be one or more integers from 1 to 256 such as 1,2, got '0'"],
    ['--threads 1,', "--threads must be one or more integers from 1 to 256 such as 1,2, got '1,'"],
    ['--threads 2 --growth', '--threads does not go with --growth'],
    ['--flat 1.5', "--flat must be an integer from 1 to 1000000, got '1.5'"],
    ['--memory many', "--memory must be an integer from 1 to 1000000, got 'many'"],
    ['--workers 2,1', "--workers must be ascending integers from 1 to 64, such as 1,2, got '2,1'"],
    ['--workers 1,', "--workers must be ascending integers from 1 to 64, such as 1,2, got '1,'"],
    ['--only jump', "--only must be one of unit, step, closed or a name such as step/ours, got 'jump'"],
    [
      '--json nowhere/x.json',
      "--json must be a file in a folder that can be written to, got 'nowhere/x.json'",
    ],
    ['--json src', "--json must be a file in a folder that can be written to, got 'src'"],
    ['--growth --only step', '--only does not go with --growth'],
    ['--flat 5 --only step/stock', "--only with --flat must be closed/ours or step/ours, got 'step/stock'"],
    ['--backend gpu', "--backend must be wasm or webgpu, got 'gpu'"],
    ['--backend webgpu --growth', '--growth is for wasm alone'],
    [
      '--backend webgpu --only step',
      "--only must be one of step-64-10 or a name such as step/ours, got 'step'",
    ],
    ['--node 22', '--node goes with --against alone'],
    [
      '--against HEAD --node 18',
      "--node must be one or more major versions from 20 on, such as 20,22, got '18'",
    ],
    ['--backend webgpu --against HEAD', '--against is for wasm alone'],
    [
      '--growth --workers 1',
      '--growth, --flat, --memory, --workers, --browser and --against go one at a time',
    ],
    ['--growth --flat 10', '--growth, --flat, --memory, --workers, --browser and --against go one at a time'],
    [
      '--against HEAD --memory 10',
      '--growth, --flat, --memory, --workers, --browser and --against go one at a time',
    ],
  ])('refuses %s in one line', (line, message) => {
    expect(parse(line)).toEqual(E.left(message));
  });

  test('rejects unknown options in one line', () => {
    for (const line of ['--round 3', 'fast', '--rounds']) {
      const parsed = parse(line);
      expect(E.isLeft(parsed) && parsed.left).toMatch(/^[^\n]+$/);
      expect(E.isLeft(parsed) && parsed.left).toContain(line.split(' ')[0]);
    }
  });
});
