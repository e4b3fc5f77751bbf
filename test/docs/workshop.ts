import { mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';
import ts from 'typescript';
import { vi } from 'vitest';
import { type Program, root } from './blocks.ts';

/** A folder of its own for the programs of a test file: where they are written to and run. */
export interface Workshop {
  readonly folder: string;
  /** Runs a program on the cpu backend, unless it sets another, and returns what it logs. */
  readonly run: (program: Program) => Promise<readonly string[]>;
  /** What TypeScript says against programs. */
  readonly typeErrors: (programs: readonly Program[]) => readonly string[];
  readonly close: () => void;
}

const options = (strict: boolean): ts.CompilerOptions => ({
  target: ts.ScriptTarget.ES2022,
  module: ts.ModuleKind.ESNext,
  moduleResolution: ts.ModuleResolutionKind.Bundler,
  lib: ['lib.es2022.d.ts', 'lib.dom.d.ts'],
  strict,
  noEmit: true,
  skipLibCheck: true,
  allowJs: true,
  checkJs: true,
  allowImportingTsExtensions: true,
  types: ['node'],
  paths: {
    'tfjs-bayesian': [path.join(root, 'src/index.ts')],
    'tfjs-bayesian/*': [path.join(root, 'src/*/index.ts')],
  },
});

const errorsIn = (files: readonly string[], strict: boolean): readonly string[] => {
  const program = ts.createProgram(files, options(strict));
  return files.flatMap((file) => {
    const source = program.getSourceFile(file);
    return [...program.getSemanticDiagnostics(source), ...program.getSyntacticDiagnostics(source)].map(
      ({ messageText }) => `${path.basename(file)}: ${ts.flattenDiagnosticMessageText(messageText, '\n')}`,
    );
  });
};

const text = (value: unknown): string =>
  typeof value === 'object' && value !== null && !(value instanceof tf.Tensor) && !Array.isArray(value)
    ? JSON.stringify(value)
    : String(value);

/** Opens a folder below this one, in which the files of `examples` are found too. */
export const openWorkshop = (name: string): Workshop => {
  const folder = path.join(import.meta.dirname, 'generated', name);
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  symlinkSync(path.join(root, 'examples'), path.join(folder, 'examples'));
  const write = ({ name, language }: Program, code: string): string => {
    const file = path.join(folder, `${name.replace(/\W+/g, '-')}.${language}`);
    writeFileSync(file, code);
    return file;
  };
  return {
    folder,
    run: async (program) => {
      const file = write(program, program.code);
      await tf.setBackend('cpu');
      const log = vi.spyOn(console, 'log').mockImplementation(() => {});
      const error = vi.spyOn(console, 'error');
      const home = process.cwd();
      process.chdir(folder);
      try {
        await import(/* @vite-ignore */ file);
        if (error.mock.calls.length > 0) throw new Error(String(error.mock.calls[0]));
        return log.mock.calls.map((call) => call.map(text).join(' '));
      } finally {
        process.chdir(home);
        log.mockRestore();
        error.mockRestore();
      }
    },
    typeErrors: (programs) => {
      // Without imports a program would be a script, whose names are those of all other scripts.
      const files = programs.map((program) => write(program, `${program.code}\nexport {};\n`));
      const isTyped = (file: string): boolean => file.endsWith('.ts');
      return [
        ...errorsIn(files.filter(isTyped), true),
        ...errorsIn(
          files.filter((file) => !isTyped(file)),
          false,
        ),
      ];
    },
    close: () => rmSync(folder, { recursive: true, force: true }),
  };
};
