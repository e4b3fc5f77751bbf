import type { WebgpuBackend, WebgpuProgram } from './webgpuBackend.ts';

// tfjs's programs for products add all products of an element one after the other. This makes them add in blocks:
// every few iterations of the loop along the shared axis the sum so far is put aside.

/** The number of iterations in a block, each of 16 to 128 products. */
const turns = 8;

const loop = /for \(var t = 0; t < numTiles; t(?:\+\+| = t \+ 1)\) \{/;

/** How each form of program declares its sums, puts them aside and writes them. */
const forms: readonly {
  readonly sums: RegExp;
  readonly aside: string;
  readonly keep: string;
  readonly written: RegExp;
  readonly all: string;
}[] = [
  {
    sums: /var acc = 0\.0;/,
    aside: '$&\nvar aside = 0.0;',
    keep: 'aside = aside + acc; acc = 0.0;',
    written: /(mm_write\(batch, globalRow, globalCol, )acc\)/g,
    all: '$1aside + acc)',
  },
  {
    sums: /var acc: array<vec4<f32>, (\d+)>;/,
    aside: '$&\nvar aside: array<vec4<f32>, $1>;',
    keep: 'for (var i = 0; i < $1; i++) { aside[i] = aside[i] + acc[i]; acc[i] = vec4<f32>(0.0); }',
    written: /(mm_write\([^;]*)acc\[innerRow\]\)/g,
    all: '$1aside[innerRow] + acc[innerRow])',
  },
  {
    sums: /var acc : array<array<f32, (\d+)>, (\d+)>;/,
    aside: '$&\nvar aside : array<array<f32, $1>, $2>;',
    keep:
      'for (var i = 0; i < $2; i++) { for (var j = 0; j < $1; j++) { ' +
      'aside[i][j] = select(aside[i][j] + acc[i][j], 0.0, t == 0); acc[i][j] = 0.0; } }',
    written: /(mm_write\([^;]*)acc\[innerRow\]\[innerCol\]\)/g,
    all: '$1aside[innerRow][innerCol] + acc[innerRow][innerCol])',
  },
];

/** Rewrites a program's code to add in blocks; returns other code unchanged. */
const codeInBlocks = (code: string): string => {
  const form = forms.find(({ sums, written }) => sums.test(code) && code.search(written) >= 0);
  const declared = form?.sums.exec(code);
  if (!form || !declared || !loop.test(code)) return code;
  const keep = form.keep.replaceAll('$1', declared[1] ?? '').replaceAll('$2', declared[2] ?? '');
  return code
    .replace(form.sums, form.aside)
    .replace(loop, (start) => `${start}\nif (t % ${turns} == 0) { ${keep} }\n`)
    .replace(form.written, form.all);
};

const programInBlocks = (program: WebgpuProgram): WebgpuProgram => {
  if (program.shaderKey.startsWith('matMul')) {
    const code = program.getUserCode;
    program.shaderKey = `tfjs-bayesian ${program.shaderKey}`;
    program.getUserCode = () => codeInBlocks(code.call(program));
  }
  return program;
};

/** A backend whose matrix product programs add in blocks, for tfjs's kernels to run on. */
export const inBlocks = (backend: WebgpuBackend): WebgpuBackend => {
  const runWebGPUProgram: WebgpuBackend['runWebGPUProgram'] = (program, ...rest) =>
    backend.runWebGPUProgram(programInBlocks(program), ...rest);
  return Object.create(backend, { runWebGPUProgram: { value: runWebGPUProgram } }) as WebgpuBackend;
};
