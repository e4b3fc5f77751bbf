import * as E from 'fp-ts/lib/Either.js';

/** A file with this header, as text or as bytes, its true length before it unless another is given. */
export const makeFile = (
  header: string | Uint8Array,
  data: ArrayLike<number> = [],
  length?: bigint,
): Uint8Array => {
  const text = typeof header === 'string' ? new TextEncoder().encode(header) : header;
  const file = new Uint8Array(8 + text.length + data.length);
  new DataView(file.buffer).setBigUint64(0, length ?? BigInt(text.length), true);
  file.set(text, 8);
  file.set(data, 8 + text.length);
  return file;
};

/** The right side, or what the left one says as an exception. */
export const right = <A>(either: E.Either<{ readonly message: string }, A>): A => {
  if (E.isLeft(either)) throw new Error(either.left.message);
  return either.right;
};

/** The left side; an exception where there is none. */
export const left = <L>(either: E.Either<L, unknown>): L => {
  if (E.isRight(either)) throw new Error('this should have been refused');
  return either.left;
};
