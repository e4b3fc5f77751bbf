/** What a buffer holds before the programs run: the values of a constant, or a program's uniforms. */
export interface Content {
  readonly kind: 'uniforms' | 'integers' | 'floats';
  readonly words: Int32Array;
}

/** The place of a buffer in a recording: a buffer on the device once it is replayed. */
export interface Slot {
  readonly index: number;
  readonly size: number;
  readonly content?: Content;
}

/** Whether a tensor's resource is a slot. */
export const isSlot = (resource: object | null | undefined): resource is Slot =>
  typeof resource === 'object' && resource !== null && 'index' in resource;

/** The slots of a recording. */
export interface Slots {
  /** In the order in which they were made. */
  readonly all: readonly Slot[];
  /** A new slot, which holds a content. */
  readonly filled: (size: number, content: Content) => Slot;
  /** A slot without content, new or released. */
  readonly acquire: (size: number) => Slot;
  /** Lets another tensor use a slot. One with content stays: it is written before all programs run. */
  readonly release: (slot: Slot) => void;
}

/**
 * Slots of a new recording.
 *
 * @example
 * const slots = makeSlots();
 * slots.acquire(16).index; // 0
 */
export const makeSlots = (): Slots => {
  const all: Slot[] = [];
  const free = new Map<number, Slot[]>();
  const add = (slot: Slot): Slot => {
    all.push(slot);
    return slot;
  };
  return {
    all,
    filled: (size, content) => add({ index: all.length, size, content }),
    acquire: (size) => free.get(size)?.pop() ?? add({ index: all.length, size }),
    release: (slot) => {
      if (slot.content !== undefined) return;
      const others = free.get(slot.size);
      if (others === undefined) free.set(slot.size, [slot]);
      else others.push(slot);
    },
  };
};
