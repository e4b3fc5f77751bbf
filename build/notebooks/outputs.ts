import type { CellEvent, MimeBundle } from './cellEvents.ts';

/** What a cell shows, as a notebook's file has it. */
export type Output =
  | { readonly name: 'stdout' | 'stderr'; readonly output_type: 'stream'; readonly text: readonly string[] }
  | { readonly data: MimeBundle; readonly metadata: MimeBundle; readonly output_type: 'display_data' };

const splitLines = (text: string): readonly string[] => text.match(/[^\n]*\n|[^\n]+/g) ?? [];

const displayed = (data: MimeBundle, metadata: MimeBundle): Output => ({
  data: Object.fromEntries(
    Object.entries(data).map(([type, value]) => [
      type,
      typeof value === 'string' && /^(text\/|image\/svg)/.test(type) ? splitLines(value) : value,
    ]),
  ),
  metadata,
  output_type: 'display_data',
});

/** Text that comes in pieces is one output, as in Jupyter. */
const withText = (outputs: readonly Output[], name: 'stdout' | 'stderr', text: string): readonly Output[] => {
  const last = outputs.at(-1);
  return last?.output_type === 'stream' && last.name === name
    ? [...outputs.slice(0, -1), { ...last, text: splitLines(last.text.join('') + text) }]
    : [...outputs, { name, output_type: 'stream', text: splitLines(text) }];
};

/** The outputs of each cell, in the order of the cells. A figure that was updated is there once, as it was last. */
export const cellOutputs = (events: readonly CellEvent[]): readonly (readonly Output[])[] => {
  const cells: (readonly Output[])[] = [];
  const places = new Map<string, readonly [cell: number, index: number]>();
  for (const event of events) {
    const current = cells.length - 1;
    if (event.event === 'start') cells.push([]);
    if (event.event === 'stream') cells[current] = withText(cells[current] ?? [], event.name, event.text);
    if (event.event !== 'display') continue;
    const output = displayed(event.data, event.metadata);
    const id = event.transient?.display_id;
    const [cell, index] = places.get(id ?? '') ?? [current, cells[current]?.length ?? 0];
    cells[cell] = Object.assign([...(cells[cell] ?? [])], { [index]: output });
    if (id !== undefined) places.set(id, [cell, index]);
  }
  return cells;
};
