/** The format of a file that is not a safetensors file, with advice. */
interface Recognized {
  readonly what: string;
  readonly advice?: string;
}

/** The number of bytes inspected. */
export const HEAD = 1024;

const fromPython = (how: string): string => `convert it in Python with ${how}`;

const fromTorch = fromPython('safetensors.torch.save_file(torch.load(path), ...)');

type Is = (head: string) => boolean;

const begins =
  (...signatures: readonly string[]): Is =>
  (head) =>
    signatures.some((signature) => head.startsWith(signature));

const matches =
  (pattern: RegExp): Is =>
  (head) =>
    pattern.test(head);

/** A zip archive whose first entry has this name. */
const zipStartingWith =
  (first: string): Is =>
  (head) =>
    begins('PK\x03\x04')(head) && head.slice(0, 300).includes(first);

type Table = readonly (readonly [is: Is, recognized: Recognized])[];

/** File formats by their first bytes, as text with one character per byte; the first match counts. */
const kinds: Table = [
  [
    begins('version https://git-lfs.github.com/spec/'),
    { what: 'a Git LFS pointer', advice: '`git lfs pull` fetches the file that it points to' },
  ],
  [
    matches(/^(\/|(\.\.\/)*\.git\/)annex\/objects\//),
    { what: 'a git-annex pointer', advice: '`git annex get` fetches the file that it points to' },
  ],
  [
    matches(/^(\xef\xbb\xbf)?\s*<(!doctype\s+html|html|head|body|script|title|!--)/i),
    {
      what: 'an HTML page',
      advice: 'the address may be of a page about the file (Hugging Face has files at /resolve/, not /blob/)',
    },
  ],
  [matches(/^(\xef\xbb\xbf)?\s*<(\?xml|[a-z])/i), { what: 'an XML document' }],
  [begins('\x1f\x8b'), { what: 'compressed with gzip', advice: 'decompress it first' }],
  [begins('\x28\xb5\x2f\xfd'), { what: 'compressed with zstd', advice: 'decompress it first' }],
  [begins('\xfd7zXZ\0'), { what: 'compressed with xz', advice: 'decompress it first' }],
  [matches(/^BZh[1-9]/), { what: 'compressed with bzip2', advice: 'decompress it first' }],
  [begins('7z\xbc\xaf\x27\x1c', 'Rar!\x1a'), { what: 'a 7z or RAR archive', advice: 'unpack it first' }],
  [zipStartingWith('.pkl'), { what: 'a zip archive written by torch.save', advice: fromTorch }],
  [
    zipStartingWith('.npy'),
    {
      what: 'a NumPy archive (.npz)',
      advice: fromPython('safetensors.numpy.save_file(dict(numpy.load(path)), ...)'),
    },
  ],
  [
    begins('PK\x03\x04', 'PK\x05\x06'),
    {
      what: 'a zip archive, as written by torch.save, NumPy and Keras',
      advice: fromPython('safetensors.torch.save_file or safetensors.numpy.save_file'),
    },
  ],
  // The pickled number at the start of files that torch.save wrote before version 1.6.
  [
    begins('\x80\x02\x8a\x0al\xfc\x9cF\xf9 j\xa8P\x19'),
    { what: 'a pickle written by an older version of torch.save', advice: fromTorch },
  ],
  [begins('\x80\x02', '\x80\x03', '\x80\x04', '\x80\x05'), { what: 'a Python pickle', advice: fromTorch }],
  [
    begins('\x93NUMPY'),
    { what: 'a NumPy array (.npy)', advice: fromPython('safetensors.numpy.save_file({"name": array}, ...)') },
  ],
  [
    begins('\x89HDF\r\n\x1a\n'),
    { what: 'an HDF5 file, as written by Keras', advice: fromPython('safetensors.numpy.save_file') },
  ],
  [begins('GGUF', 'ggml', 'lmgg'), { what: 'a GGUF or GGML file' }],
  [(head) => head.startsWith('TFL3', 4), { what: 'a TensorFlow Lite model' }],
  [(head) => head.startsWith('ustar', 257), { what: 'a tar archive', advice: 'unpack it first' }],
  [begins('%PDF-'), { what: 'a PDF document' }],
  [begins('\x89PNG\r\n', '\xff\xd8\xff', 'GIF8'), { what: 'an image' }],
];

/** Kinds of JSON, by a string near its beginning. */
const json: Table = [
  [
    matches(/"weight_map"\s*:/),
    {
      what: 'the index of a sharded checkpoint',
      advice: 'pass its path or URL instead, so that its shards are found beside it',
    },
  ],
  [
    matches(/"(modelTopology|weightsManifest)"\s*:/),
    { what: 'a TensorFlow.js model.json', advice: 'its weights are in other files' },
  ],
  [() => true, { what: 'a JSON document' }],
];

const firstIn = (table: Table, head: string): Recognized | undefined => table.find(([is]) => is(head))?.[1];

/** The bytes as text, if they are text; a truncated character at the end is dropped. */
const decodedText = (bytes: Uint8Array): string | undefined => {
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(bytes, { stream: true });
    return text.trim() === '' || /[^\P{Cc}\t\n\f\r]/u.test(text) ? undefined : text.trim();
  } catch {
    return undefined;
  }
};

/** The most characters of a text that are shown. */
const MAX_SHOWN = 60;

/** Whether the first bytes are those of a safetensors file, complete or not: a length below 2^32, and JSON's bracket. */
const isSafetensors = (head: Uint8Array): boolean =>
  head[8] === 0x7b && head.subarray(4, 8).every((byte) => byte === 0);

/**
 * The format of a file by its first bytes, if it is known and not safetensors.
 *
 * @example
 * recognize(new TextEncoder().encode('<!doctype html>')); // 'an HTML page, not a safetensors file: ...'
 */
export const recognize = (bytes: Uint8Array): string | undefined => {
  const head = new Uint8Array(bytes.subarray(0, HEAD));
  if (isSafetensors(head)) return undefined;
  const text = decodedText(head);
  const found =
    firstIn(kinds, String.fromCharCode(...head)) ??
    (text === undefined
      ? undefined
      : /^[{[]/.test(text)
        ? firstIn(json, text)
        : { what: `text that begins with '${text.split('\n')[0]?.slice(0, MAX_SHOWN).trim()}'` });
  if (found === undefined) return undefined;
  const { what, advice } = found;
  return `this is ${what}, not a safetensors file${advice === undefined ? '' : `: ${advice}`}`;
};
