import type { MarkdownRenderer } from 'vitepress';

/** Code as HTML in which a long name may break: after `/`, `.` and `_`, and before the capitals in it. */
export const breakable = (html: string): string =>
  html.replace(/([/._])(?=[A-Za-z])/g, '$1<wbr>').replace(/([a-z0-9])(?=[A-Z])/g, '$1<wbr>');

/** Lets the code in the cells of the guides' tables break where a reader would break it, so that tables fit their column. */
export const breakCells = (md: MarkdownRenderer): void => {
  const code = md.renderer.rules.code_inline!;
  let inCell = false;
  md.renderer.rules.code_inline = (tokens, index, options, env, self) => {
    const html = code(tokens, index, options, env, self);
    // The names of the reference are short, and its column is wide.
    const breaks = inCell && !String(env.relativePath ?? '').startsWith('reference/');
    return breaks ? html.replace(/>([^<]*)</, (_, text: string) => `>${breakable(text)}<`) : html;
  };
  for (const cell of ['th', 'td'] as const) {
    md.renderer.rules[`${cell}_open`] = (tokens, index, options, _, self) => {
      inCell = true;
      return self.renderToken(tokens, index, options);
    };
    md.renderer.rules[`${cell}_close`] = (tokens, index, options, _, self) => {
      inCell = false;
      return self.renderToken(tokens, index, options);
    };
  }
};
