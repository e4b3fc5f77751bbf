import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import files from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { writerTo } from '../../src/files/index.ts';

const place = { folder: '' };
const at = (...names: readonly string[]): string => path.join(place.folder, ...names);
beforeEach(() => {
  place.folder = mkdtempSync(path.join(tmpdir(), 'files-'));
});
afterEach(() => {
  vi.restoreAllMocks();
  rmSync(place.folder, { recursive: true });
});

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const write = (target: string | URL, ...parts: readonly string[]): Promise<void> =>
  writerTo('target', target, 'text/plain').write(parts.map(bytes));
const read = (...names: readonly string[]): string => readFileSync(at(...names), 'utf8');
const inFolder = (...names: readonly string[]): readonly string[] => readdirSync(at(...names)).sort();
const readMode = (file: string): number => statSync(file).mode & 0o7777;

const isRoot = process.getuid?.() === 0;

/** Runs as a user who owns nothing and may do nothing more than anybody, where this is run by one who may do all. */
const asNobody = async (run: () => Promise<void>): Promise<void> => {
  if (!isRoot) return run();
  process.setegid?.(65534);
  process.seteuid?.(65534);
  try {
    await run();
  } finally {
    process.seteuid?.(0);
    process.setegid?.(0);
  }
};

describe('the file that is replaced', () => {
  test.each(['600', '640', '644', '666', '755', '777', '2750'])('keeps its mode, %s', async (digits) => {
    const mode = Number.parseInt(digits, 8);
    writeFileSync(at('a'), 'old');
    chmodSync(at('a'), mode);
    await write(at('a'), 'n', 'ew');
    expect(read('a')).toBe('new');
    expect(readMode(at('a'))).toBe(mode);
    expect(inFolder()).toEqual(['a']);
  });

  test.runIf(isRoot)('keeps its owner and its group', async () => {
    writeFileSync(at('a'), 'old');
    chownSync(at('a'), 1234, 5678);
    chmodSync(at('a'), 0o640);
    await write(at('a'), 'new');
    const { uid, gid } = statSync(at('a'));
    expect([uid, gid, readMode(at('a'))]).toEqual([1234, 5678, 0o640]);
  });

  test('keeps its mode if its owner cannot be kept', async () => {
    writeFileSync(at('a'), 'old');
    chmodSync(at('a'), 0o666);
    chmodSync(place.folder, 0o777);
    await asNobody(() => write(at('a'), 'new'));
    expect([read('a'), readMode(at('a'))]).toEqual(['new', 0o666]);
  });

  test('cannot be read by others before it has its mode', async () => {
    writeFileSync(at('a'), 'old');
    chmodSync(at('a'), 0o600);
    const modes: number[] = [];
    const { open } = files;
    vi.spyOn(files, 'open').mockImplementation(async (...args) => {
      const handle = await open(...args);
      if (args[1] === 'wx') modes.push(readMode(String(args[0])));
      return handle;
    });
    await write(at('a'), 'new');
    expect(modes).toEqual([0o600]);
  });

  test('that is read-only is rejected and unchanged', async () => {
    writeFileSync(at('a'), 'old');
    chmodSync(at('a'), 0o444);
    chmodSync(place.folder, 0o777);
    await asNobody(() => expect(write(at('a'), 'new')).rejects.toThrow('EACCES'));
    expect([read('a'), readMode(at('a')), inFolder()]).toEqual(['old', 0o444, ['a']]);
  });

  test('is unchanged if no file can be created beside it', async () => {
    writeFileSync(at('a'), 'old');
    chmodSync(at('a'), 0o666);
    chmodSync(place.folder, 0o555);
    await asNobody(() =>
      expect(write(at('a'), 'new')).rejects.toThrow(`cannot create a file in ${place.folder}: EACCES`),
    );
    chmodSync(place.folder, 0o755);
    expect([read('a'), inFolder()]).toEqual(['old', ['a']]);
  });
});

test('a new file has the mode that the process gives', async () => {
  const before = process.umask(0o027);
  try {
    await write(at('a'), 'new');
  } finally {
    process.umask(before);
  }
  expect(readMode(at('a'))).toBe(0o640);
});

describe('a link', () => {
  test('is followed, through others and out of its folder, and stays', async () => {
    mkdirSync(at('there'));
    writeFileSync(at('there', 'real'), 'old');
    chmodSync(at('there', 'real'), 0o600);
    symlinkSync('there/real', at('one'));
    symlinkSync(at('one'), at('two'));
    await write(at('two'), 'new');
    expect([read('there', 'real'), readMode(at('there', 'real'))]).toEqual(['new', 0o600]);
    expect([readlinkSync(at('one')), readlinkSync(at('two'))]).toEqual(['there/real', at('one')]);
    expect([inFolder(), inFolder('there')]).toEqual([['one', 'there', 'two'], ['real']]);
  });

  test('that dangles has its target created', async () => {
    mkdirSync(at('there'));
    symlinkSync('there/new', at('latest'));
    await write(at('latest'), 'new');
    expect([read('there', 'new'), readlinkSync(at('latest'))]).toEqual(['new', 'there/new']);
    await write(pathToFileURL(at('latest')), 'newer');
    expect([read('there', 'new'), readlinkSync(at('latest'))]).toEqual(['newer', 'there/new']);
  });

  test('to a missing folder is rejected, and so are circular links', async () => {
    symlinkSync('none/new', at('latest'));
    await expect(write(at('latest'), 'x')).rejects.toThrow(`the folder ${at('none')} does not exist`);
    symlinkSync('b', at('a'));
    symlinkSync('a', at('b'));
    await expect(write(at('a'), 'x')).rejects.toThrow('more than 40 links to follow');
    expect(inFolder()).toEqual(['a', 'b', 'latest']);
  });

  test('to a folder resolves as the system does, `..` too', async () => {
    mkdirSync(at('x'));
    mkdirSync(at('x', 'y'));
    symlinkSync('x/y', at('link'));
    await write(`${at('link')}/a`, '1');
    await write(`${at('link')}/../b`, '2');
    symlinkSync('../c', at('x', 'y', 'up'));
    await write(`${at('link')}/up`, '3');
    expect([read('x', 'y', 'a'), read('x', 'b'), read('x', 'c')]).toEqual(['1', '2', '3']);
    expect(inFolder()).toEqual(['link', 'x']);
  });
});

describe('what is not a regular file', () => {
  test('is written directly: a FIFO, by its name or by a link', async () => {
    execFileSync('mkfifo', [at('fifo')]);
    symlinkSync('fifo', at('link'));
    const long = 'x'.repeat(300_000);
    for (const name of ['fifo', 'link']) {
      const [got] = await Promise.all([files.readFile(at('fifo'), 'utf8'), write(at(name), 'a', long)]);
      expect(got).toBe(`a${long}`);
    }
    expect(lstatSync(at('fifo')).isFIFO()).toBe(true);
    expect(inFolder()).toEqual(['fifo', 'link']);
  });

  test('is written directly: a device, by its name or by a link', async () => {
    symlinkSync('/dev/null', at('null'));
    chmodSync(place.folder, 0o755);
    // Whoever may do all would lose the machine's own device if it were replaced after all.
    await asNobody(async () => {
      await write('/dev/null', 'x');
      await write(at('null'), 'x');
    });
    expect(statSync('/dev/null').isCharacterDevice()).toBe(true);
    expect(inFolder()).toEqual(['null']);
  });

  test.runIf(existsSync('/dev/full'))('is refused with its reason: a device that is full', async () => {
    await asNobody(() => expect(write('/dev/full', 'x')).rejects.toThrow('ENOSPC'));
    expect(statSync('/dev/full').isCharacterDevice()).toBe(true);
  });

  test('is rejected: a folder, a path below a file, a socket', async () => {
    mkdirSync(at('folder'));
    writeFileSync(at('file'), 'old');
    await expect(write(at('folder'), 'x')).rejects.toThrow(/^it is a folder$/);
    for (const name of ['folder/', 'file/', 'new/']) {
      await expect(write(`${place.folder}/${name}`, 'x')).rejects.toThrow('is the path of a folder');
    }
    await expect(write(at('file', 'x'), 'x')).rejects.toThrow(`${at('file')} is not a folder`);
    await expect(write(at('none', 'x'), 'x')).rejects.toThrow(`the folder ${at('none')} does not exist`);
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(at('socket'), resolve));
    try {
      await expect(write(at('socket'), 'x')).rejects.toThrow(/^it is a socket$/);
      expect(inFolder()).toEqual(['file', 'folder', 'socket']);
    } finally {
      await new Promise((resolve) => server.close(resolve));
    }
    expect(read('file')).toBe('old');
  });
});

describe('/dev/stdout of a process', () => {
  const source = fileURLToPath(new URL('../../src/files/index.ts', import.meta.url));
  const root = fileURLToPath(new URL('../..', import.meta.url));
  const size = 300_000;
  const script = () => {
    const file = at('script.mts');
    const lines = [
      `import { writerTo } from ${JSON.stringify(source)};`,
      "console.log('before');",
      `await writerTo('target', process.argv[2], '').write([new Uint8Array(${size}).fill(97), Uint8Array.of(98)]);`,
      "console.log('after');",
    ];
    writeFileSync(file, lines.join('\n'));
    return file;
  };
  const expected = `before\n${'a'.repeat(size)}bafter\n`;
  const command = () => [process.execPath, '--import', 'tsx', script(), '/dev/stdout'];
  const quoted = () =>
    command()
      .map((each) => `'${each}'`)
      .join(' ');
  const shell = (line: string) => execFileSync('sh', ['-c', line], { cwd: root });

  test('is written in place: a pipe to another process', () => {
    const [node, ...args] = command();
    expect(execFileSync(node!, args, { cwd: root, encoding: 'utf8' })).toBe(expected);
  });

  test('is written in place: a pipe', () => {
    expect(String(shell(`${quoted()} | (sleep 0.2; cat)`))).toBe(expected);
  });

  test('is written in place: a file, appended to its content', () => {
    writeFileSync(at('log'), 'first\n');
    shell(`${quoted()} >> '${at('log')}'`);
    expect(read('log')).toBe(`first\n${expected}`);
    shell(`${quoted()} > '${at('log')}'`);
    expect(read('log')).toBe(expected);
    expect(inFolder()).toEqual(['log', 'script.mts']);
  });
});

describe('names', () => {
  test.each([
    ['of 255 letters', 'a'.repeat(255)],
    ['of 85 letters of three bytes', '字'.repeat(85)],
    ['of 63 letters of four bytes', '🙂'.repeat(63)],
    ['of 127 letters of two bytes and a dot', `.${'ö'.repeat(127)}`],
  ])('%s work', async (_, name) => {
    expect(Buffer.byteLength(name)).toBeGreaterThan(251);
    await write(at(name), 'old');
    await write(at(name), 'new');
    expect(inFolder()).toEqual([name]);
    expect(read(name)).toBe('new');
  });

  test('of up to 255 bytes work, whatever their characters, and longer ones are rejected', async () => {
    const name = fc
      .string({ unit: 'grapheme', minLength: 1, maxLength: 255 })
      .filter((text) => !/[/\0]/.test(text) && text !== '.' && text !== '..');
    await fc.assert(
      fc.asyncProperty(name, async (text) => {
        if (Buffer.byteLength(text) > 255) {
          await expect(write(at(text), 'x')).rejects.toThrow('ENAMETOOLONG');
          expect(inFolder()).toEqual([]);
        } else {
          const lengths: number[] = [];
          const { open } = files;
          const spy = vi.spyOn(files, 'open').mockImplementation((...args) => {
            lengths.push(Buffer.byteLength(path.basename(String(args[0]))));
            return open(...args);
          });
          await write(at(text), text);
          spy.mockRestore();
          expect(lengths[0]).toBeLessThanOrEqual(143);
          expect(inFolder()).toEqual([text]);
          expect(read(text)).toBe(text);
          rmSync(at(text));
        }
      }),
    );
  });
});
