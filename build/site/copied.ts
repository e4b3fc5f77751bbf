import type { MarkdownRenderer } from 'vitepress';

/** What a copy button copies beyond what is shown: it stands unseen before the code. */
const unseen = /<span class="copied-before" hidden>[\s\S]*?<\/span>/g;

const escaped = (text: string): string =>
  text.replace(/&/g, '&amp;').replace(/</g, '&lt;').replace(/>/g, '&gt;');

/** A page's rendered text without what is only copied, for the search. */
export const withoutCopied = (html: string): string => html.replace(unseen, '');

type Token = ReturnType<MarkdownRenderer['parse']>[number];

const isCode = ({ type, info }: Token): boolean => type === 'fence' && /^(ts|js)\b/.test(info.trim());
const continues = ({ info }: Token): boolean => /\bcontinues\b/.test(info);

/** The blocks before one that it continues. */
const continued = (tokens: readonly Token[], index: number): readonly Token[] => {
  if (!continues(tokens[index]!)) return [];
  const before = tokens.slice(0, index).filter(isCode);
  const start = before.findLastIndex((token) => !continues(token));
  return before.slice(Math.max(start, 0));
};

/** Whether a block of the reference is an example, and not a signature. */
const isExample = (tokens: readonly Token[], index: number): boolean => {
  const heading = tokens.slice(0, index).findLastIndex(({ type }) => type === 'heading_open');
  return /^Examples?\b/.test(tokens[heading + 1]?.content ?? '');
};

/**
 * Makes copy buttons copy programs: a block with those that it continues, and with the imports and definitions that it
 * leaves out. Signatures are copied as shown.
 */
export const copyPrograms = (md: MarkdownRenderer, toProgram: (code: string) => string): void => {
  const fence = md.renderer.rules.fence!;
  md.renderer.rules.fence = (tokens, index, options, env, self) => {
    const html = fence(tokens, index, options, env, self);
    const block = tokens[index]!;
    const isReference = String(env.relativePath ?? '').startsWith('reference/');
    if (!isCode(block)) return html;
    if (isReference && !isExample(tokens, index))
      return html.replace('class="language-', 'class="signature language-');
    const shown = block.content;
    const program = toProgram([...continued(tokens, index).map(({ content }) => content), shown].join('\n'));
    if (!program.endsWith(shown) || program === shown) return html;
    const before = program.slice(0, -shown.length);
    const title = continues(block) ? 'Copy the program up to here' : 'Copy the code with its imports';
    return html
      .replace('title="Copy Code"', `title="${title}"`)
      .replace(
        /(<pre[^>]*><code[^>]*>)/,
        (open) => `${open}<span class="copied-before" hidden>${escaped(before)}</span>`,
      );
  };
};
