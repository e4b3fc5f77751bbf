/** A line as tensors and arrays print, without their name, brackets, spaces and last commas. */
export const plain = (line: string): string =>
  line
    .replace(/Tensor|\s/g, '')
    .replaceAll(',]', ']')
    .replace(/[[\]]/g, '');

const call = /(?:\.print\(\)|console\.log\(.*\));(?: \/\/ (.*))?$/;
const comment = /^\/\/ (.*)$/;

/** What a program says that it prints: the comments behind its prints, on the same line or on the next ones. */
export const promised = (code: string): readonly string[] => {
  const lines = code.split('\n');
  return lines.flatMap((line, index) => {
    const print = call.exec(line);
    if (print === null) return [];
    if (print[1] !== undefined) return [print[1]];
    const after = lines.slice(index + 1);
    const end = after.findIndex((each) => !comment.test(each));
    const comments = after.slice(0, end === -1 ? after.length : end).map((each) => comment.exec(each)?.[1]);
    return comments.length === 0 ? [] : [comments.join('\n')];
  });
};

/** The first promise that was not kept, in the order of what was printed; undefined where all were. */
export const broken = (promises: readonly string[], printed: readonly string[]): string | undefined => {
  const [first, ...others] = promises;
  if (first === undefined) return undefined;
  const place = printed.findIndex((line) => plain(line) === plain(first));
  return place === -1 ? first : broken(others, printed.slice(place + 1));
};
