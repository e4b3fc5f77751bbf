/** Writes each block of bytes so many times, one after the other. */
export function repeat(blocks: i32, bytes: usize, times: i32, from: usize, out: usize): void {
  const whole = <usize>times * bytes;
  for (let block = 0; block < blocks; block++) {
    memory.copy(out, from, bytes);
    // What stands there is copied behind itself, twice as much each time.
    let done = bytes;
    while (done < whole) {
      const more = min(done, whole - done);
      memory.copy(out + done, out, more);
      done += more;
    }
    from += bytes;
    out += whole;
  }
}
