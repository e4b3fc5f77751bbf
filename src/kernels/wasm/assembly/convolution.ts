import { addOuterProducts, addProductsOfRows } from './convolve.ts';
import { addToDoubles, fromDoubles } from './numbers.ts';
import { cutPlane, fillRows, pastePlane } from './planes.ts';
import { packRight } from './product.ts';

// A convolution of one sample and one group of channels, and its gradients, each for a part of its work. A plan in memory holds
// what all parts share: see src/kernels/wasm/convolutionPlan.ts, which writes it.

function field(plan: usize, at: usize): i32 {
  return load<i32>(plan + (at << 2));
}

function channels(plan: usize): i32 {
  return field(plan, 9);
}
function take(plan: usize): i32 {
  return field(plan, 10);
}
function filters(plan: usize): i32 {
  return field(plan, 11);
}
function give(plan: usize): i32 {
  return field(plan, 12);
}
function windows(plan: usize): i32 {
  return field(plan, 13);
}
function taps(plan: usize): i32 {
  return field(plan, 14);
}
function runs(plan: usize): i32 {
  return field(plan, 15);
}
function runLength(plan: usize): i32 {
  return field(plan, 16);
}
function imageBytes(plan: usize): usize {
  return <usize>load<u32>(plan, 68);
}
function batch(plan: usize): i32 {
  return field(plan, 18);
}
/** The tables: each window's first pixel, each run's start and each tap's pixel, in bytes. */
function windowStarts(plan: usize): usize {
  return plan + 128;
}
function runStarts(plan: usize): usize {
  return windowStarts(plan) + ((<usize>windows(plan)) << 2);
}
function tapStarts(plan: usize): usize {
  return runStarts(plan) + ((<usize>runs(plan)) << 2);
}

/** The bytes of an image of the batch before it is padded. */
function pixelBytes(plan: usize): usize {
  return (<usize>(field(plan, 3) * field(plan, 4) * field(plan, 5) * channels(plan))) << 2;
}

/** The bytes of an image's windows. */
function windowBytes(plan: usize): usize {
  return (<usize>(windows(plan) * filters(plan))) << 2;
}

function aligned(bytes: usize): usize {
  return (bytes + 15) & ~15;
}

function roundUpToLanes(count: i32): i32 {
  return (count + 7) & ~7;
}

/** Copies an image into scratch, padded, and flushes denormal numbers. */
function cutImage(plan: usize, from: usize, to: usize): void {
  const height = field(plan, 4);
  const width = field(plan, 5);
  const plane = (<usize>(height * width * channels(plan))) << 2;
  const padded = (<usize>(field(plan, 1) * field(plan, 2) * take(plan))) << 2;
  for (let z = 0; z < field(plan, 0); z++) {
    const at = z - field(plan, 6);
    const inside = at >= 0 && at < field(plan, 3);
    cutPlane(
      field(plan, 1),
      field(plan, 2),
      inside ? height : 0,
      width,
      field(plan, 7),
      field(plan, 8),
      channels(plan),
      take(plan),
      take(plan),
      from + <usize>at * plane,
      to,
    );
    to += padded;
  }
}

/** Copies an image of `lanes` numbers a pixel back from scratch, without its padding. */
function pasteImage(plan: usize, lanes: i32, from: usize, to: usize): void {
  const height = field(plan, 4);
  const width = field(plan, 5);
  const plane = (<usize>(height * width * channels(plan))) << 2;
  const padded = (<usize>(field(plan, 1) * field(plan, 2) * lanes)) << 2;
  for (let at = 0; at < field(plan, 3); at++) {
    const z = at + field(plan, 6);
    const inside = z >= 0 && z < field(plan, 0);
    pastePlane(
      inside ? field(plan, 1) : 0,
      field(plan, 2),
      height,
      width,
      field(plan, 7),
      field(plan, 8),
      channels(plan),
      take(plan),
      lanes,
      from + <usize>z * padded,
      to,
    );
    to += plane;
  }
}

/** Copies rows of `give` numbers into scratch, and flushes denormal ones. */
function cutRows(plan: usize, rows: i32, lanes: i32, from: usize, to: usize): void {
  cutPlane(1, rows, 1, rows, 0, 0, filters(plan), give(plan), lanes, from, to);
}

/** Copies rows of `give` numbers back. */
function pasteRows(plan: usize, rows: i32, lanes: i32, from: usize, to: usize): void {
  pastePlane(1, rows, 1, rows, 0, 0, filters(plan), give(plan), lanes, from, to);
}

/** Writes a table of rows, in bytes: `lanes` numbers each. */
function writeRows(rows: i32, lanes: i32, to: usize): void {
  for (let row = 0; row < rows; row++) store<u32>(to + ((<usize>row) << 2), (row * lanes) << 2);
}

/** The bytes of scratch of the three functions below; `byFilter` for the last of them. */
export function convolutionScratch(plan: usize, byFilter: bool): i32 {
  const columns = roundUpToLanes(give(plan));
  const rows = max(columns, roundUpToLanes(take(plan)));
  const filter = byFilter
    ? 3 * runs(plan) * ((runLength(plan) + 3) & ~3) * columns
    : taps(plan) * roundUpToLanes(take(plan)) * columns;
  return <i32>imageBytes(plan) + 4 * (windows(plan) * (rows + 1) + rows + filter) + 1024;
}

/** The convolution of images from `first` to `last`: each window times the filter, plus the bias unless that is 0. */
export function convolution(
  first: i32,
  last: i32,
  plan: usize,
  x: usize,
  filter: usize,
  bias: usize,
  out: usize,
  scratch: usize,
): void {
  const count = windows(plan);
  const lanes = roundUpToLanes(give(plan));
  const deep = taps(plan) * take(plan);
  // Rows of full panels are written in place, others through scratch.
  const inPlace = give(plan) === filters(plan) && give(plan) === lanes;
  const image = aligned(scratch);
  const panels = image + aligned(imageBytes(plan));
  const spare = panels + ((<usize>(deep * lanes)) << 2);
  const start = spare + 128;
  const ends = start + ((<usize>lanes) << 2);
  const rows = ends + aligned((<usize>count) << 2);
  packRight(give(plan), deep, filter, 4, (<usize>filters(plan)) << 2, panels);
  if (bias !== 0) cutRows(plan, 1, lanes, bias, start);
  writeRows(count, lanes, ends);
  for (let item = first; item < last; item++) {
    const to = out + <usize>item * windowBytes(plan);
    const target = inPlace ? to : rows;
    cutImage(plan, x + <usize>item * pixelBytes(plan), image);
    fillRows(count, lanes, lanes << 2, bias !== 0 ? start : 0, target);
    addProductsOfRows(
      count,
      lanes >> 3,
      runs(plan),
      runLength(plan),
      runStarts(plan),
      image,
      windowStarts(plan),
      panels,
      target,
      ends,
      spare,
    );
    if (!inPlace) pasteRows(plan, count, lanes, rows, to);
  }
}

/**
 * The gradient of images from `first` to `last`: for each tap, `dy` times the transposed weights under it, added to the pixels
 * under that tap. The plan is one for pixels of so many lanes.
 */
export function convolutionByInput(
  first: i32,
  last: i32,
  plan: usize,
  dy: usize,
  filter: usize,
  out: usize,
  scratch: usize,
): void {
  const count = windows(plan);
  const lanes = roundUpToLanes(take(plan));
  const deep = give(plan);
  const panel = (<usize>(lanes * deep)) << 2;
  const image = aligned(scratch);
  const panels = image + aligned(imageBytes(plan));
  const spare = panels + <usize>taps(plan) * panel;
  const none = spare + 128;
  const starts = none + 16;
  const rows = starts + aligned((<usize>count) << 2);
  const row = (<usize>filters(plan)) << 2;
  for (let tap = 0; tap < taps(plan); tap++)
    packRight(
      take(plan),
      deep,
      filter + <usize>(tap * take(plan)) * row,
      row,
      4,
      panels + <usize>tap * panel,
    );
  writeRows(count, deep, starts);
  store<u32>(none, 0);
  for (let item = first; item < last; item++) {
    cutRows(plan, count, deep, dy + <usize>item * windowBytes(plan), rows);
    memory.fill(image, 0, imageBytes(plan));
    for (let tap = 0; tap < taps(plan); tap++)
      addProductsOfRows(
        count,
        lanes >> 3,
        1,
        deep,
        none,
        rows,
        starts,
        panels + <usize>tap * panel,
        image + <usize>load<u32>(tapStarts(plan) + ((<usize>tap) << 2)),
        windowStarts(plan),
        spare,
      );
    pasteImage(plan, lanes, image, out + <usize>item * pixelBytes(plan));
  }
}

/** The number of windows whose products are added in float32 one after the other. */
const windowsOfBlock: i32 = 128;

/** The number of blocks of windows that are added in float32; beyond it, sums are added in doubles. */
const blocksOfPart: i32 = 64;

/** The gradient of the filter's runs from `first` to `last`: each window times its row of `dy`, summed over all windows. */
export function convolutionByFilter(
  first: i32,
  last: i32,
  plan: usize,
  x: usize,
  dy: usize,
  out: usize,
  scratch: usize,
): void {
  const count = windows(plan);
  const lanes = roundUpToLanes(give(plan));
  const length = runLength(plan);
  // Runs are summed four numbers at a time, and the image is read that far.
  const rowsOfRun = (length + 3) & ~3;
  const runBytes = (<usize>(rowsOfRun * lanes)) << 2;
  const sumBytes = <usize>(last - first) * runBytes;
  const blocks = (count + windowsOfBlock - 1) / windowsOfBlock;
  const exact = batch(plan) * blocks > blocksOfPart;
  const image = aligned(scratch);
  const rows = image + aligned(imageBytes(plan) + 16);
  const sums = rows + ((<usize>(count * lanes)) << 2);
  const doubles = sums + sumBytes;
  const offsets = runStarts(plan) + ((<usize>first) << 2);
  memory.fill(image, 0, imageBytes(plan) + 16);
  memory.fill(sums, 0, 3 * sumBytes);
  let added = 0;
  for (let item = 0; item < batch(plan); item++) {
    cutImage(plan, x + <usize>item * pixelBytes(plan), image);
    cutRows(plan, count, lanes, dy + <usize>item * windowBytes(plan), rows);
    for (let from = 0; from < count; from += windowsOfBlock) {
      addOuterProducts(
        min(windowsOfBlock, count - from),
        lanes >> 3,
        last - first,
        length,
        offsets,
        image,
        windowStarts(plan) + ((<usize>from) << 2),
        rows + ((<usize>(from * lanes)) << 2),
        sums,
      );
      added++;
      if (exact && added % blocksOfPart === 0) {
        addToDoubles(<i32>(sumBytes >> 2), sums, doubles);
        memory.fill(sums, 0, sumBytes);
      }
    }
  }
  if (exact) {
    addToDoubles(<i32>(sumBytes >> 2), sums, doubles);
    fromDoubles(<i32>(sumBytes >> 2), doubles, 1, sums);
  }
  for (let run = first; run < last; run++) {
    const to = out + ((<usize>(run * length * filters(plan))) << 2);
    pasteRows(plan, length, lanes, sums + <usize>(run - first) * runBytes, to);
  }
}
