import type { Rolldown } from 'vite';

interface Node {
  readonly type: string;
  readonly start: number;
}

const isNode = (value: unknown): value is Node =>
  typeof value === 'object' && value !== null && 'type' in value && 'start' in value;

/** Where the calls of an expression begin, without those in functions, which run later. */
const calls = (node: Node): readonly number[] => {
  if (/Function|Class/.test(node.type)) return [];
  const own = /^(Call|New)Expression$/.test(node.type) ? [node.start] : [];
  return [...own, ...Object.values(node).flat().filter(isNode).flatMap(calls)];
};

/** The initial values of a module's constants. */
const constants = (statement: Node): readonly Node[] => {
  const { declaration } = statement as { readonly declaration?: Node | null };
  const { declarations = [] } = (declaration ?? statement) as {
    readonly declarations?: readonly { readonly init: Node | null }[];
  };
  return declarations.flatMap(({ init }) => init ?? []);
};

/**
 * Marks the calls that make the constants of src as pure: they have no effect but their value. Several modules share a file of
 * the package, and a bundler keeps of a file that it needs every constant that is made by an unmarked call.
 */
export const pureConstants = (): Rolldown.Plugin => ({
  name: 'pure-constants',
  transform(code, id) {
    if (!/\/src\/[^.]*\.ts$/.test(id)) return null;
    const { body } = this.parse(code, { lang: 'ts' }) as unknown as { readonly body: readonly Node[] };
    return [...new Set(body.flatMap(constants).flatMap(calls))]
      .sort((a, b) => b - a)
      .reduce((text, at) => `${text.slice(0, at)}/* @__PURE__ */ ${text.slice(at)}`, code);
  },
});
