import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';
import ts from 'typescript';
import { vi } from 'vitest';

const root = path.resolve(import.meta.dirname, '../..');

/** A block of a page that is marked as an example; its name may begin with a folder. */
export interface Block {
  readonly name: string;
  readonly code: string;
}

/** The blocks of a page that are marked as examples. */
export const blocksOf = (page: string): readonly Block[] =>
  [
    ...readFileSync(path.join(root, page), 'utf8').matchAll(
      /<!-- example: (\w+) -->\n```(?:ts|js)\n([\s\S]*?)```/g,
    ),
  ].map(([, name = '', code = '']) => ({ name, code }));

/** What the comments behind its `console.log` lines say that a block prints, without brackets and spaces. */
export const saidBy = ({ code }: Block): readonly string[] =>
  code.split('\n').flatMap((line) => {
    const said = /^\s*console\.log\(.*\); \/\/ (.*)$/.exec(line)?.[1];
    return said === undefined ? [] : [plain(said)];
  });

/** A line without brackets and spaces. */
export const plain = (line: string): string => line.replace(/[[\]\s]/g, '');

/** A folder of its own for the blocks of a test file: where they are written to and run. */
export interface Workshop {
  readonly folder: string;
  readonly run: (block: Block) => Promise<readonly string[]>;
  /** What TypeScript says against blocks. */
  readonly typeErrors: (blocks: readonly Block[]) => readonly string[];
  readonly close: () => void;
}

const options: ts.CompilerOptions = {
  target: ts.ScriptTarget.ES2022,
  module: ts.ModuleKind.ESNext,
  moduleResolution: ts.ModuleResolutionKind.Bundler,
  lib: ['lib.es2022.d.ts', 'lib.dom.d.ts'],
  strict: true,
  noEmit: true,
  skipLibCheck: true,
  allowImportingTsExtensions: true,
  types: ['node'],
  paths: { 'tfjs-bayesian': [path.join(root, 'src/index.ts')] },
};

/** Opens a folder below this one. Blocks run on the cpu backend, which those that are whole programs import. */
export const openWorkshop = (name: string): Workshop => {
  const folder = path.join(import.meta.dirname, 'generated', name);
  const write = (block: Block): string => {
    const file = path.join(folder, `${block.name}.ts`);
    mkdirSync(path.dirname(file), { recursive: true });
    writeFileSync(file, block.code);
    return file;
  };
  return {
    folder,
    run: async (block) => {
      const file = write(block);
      await tf.setBackend('cpu');
      const log = vi.spyOn(console, 'log').mockImplementation(() => {});
      try {
        await import(/* @vite-ignore */ file);
        return log.mock.calls.map((call) => call.map(String).join(' '));
      } finally {
        log.mockRestore();
      }
    },
    typeErrors: (blocks) => {
      // Without imports a block would be a script, whose names are those of all other scripts.
      const files = blocks.map(({ name, code }) =>
        write({ name: `${name}.check`, code: `${code}\nexport {};\n` }),
      );
      const program = ts.createProgram(files, options);
      return files.flatMap((file) => {
        const source = program.getSourceFile(file);
        return [...program.getSemanticDiagnostics(source), ...program.getSyntacticDiagnostics(source)].map(
          ({ messageText }) =>
            `${path.relative(folder, file)}: ${ts.flattenDiagnosticMessageText(messageText, '\n')}`,
        );
      });
    },
    close: () => rmSync(folder, { recursive: true, force: true }),
  };
};
