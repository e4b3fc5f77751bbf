/** Sets bytes to zero. */
export function zero(out: usize, bytes: usize): void {
  memory.fill(out, 0, bytes);
}
