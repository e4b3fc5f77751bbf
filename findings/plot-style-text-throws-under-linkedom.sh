#!/usr/bin/env bash
# Observable Plot takes `style` as text ("font-size: 11px"), as in its documentation; under linkedom, the document that its
# documentation and many others use for Node, the same call throws, since linkedom's element.style cannot be assigned.
#
# Versions:  @observablehq/plot 0.6.17, linkedom 0.18.12, jsdom 26.1.0, Node 20.20.2
# Behaviour: Plot assigns the text to svg.style. In browsers and jsdom the setter forwards it to cssText; linkedom has a getter
#            alone, and modules are strict, so the assignment is a TypeError. `style` as an object works in both.
# Seen:      2026-11-30
#   linkedom, text: TypeError: Cannot set property style of [object Object] which has only a getter
#   linkedom, object: font-size:11px
#   jsdom, text: font-size: 11px;
# Why it matters: figures that are tried in a page fail on a server, in notebooks and in tests, and the message names neither
# library. Pass `style` as an object.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y >/dev/null
npm install --silent --no-audit --no-fund @observablehq/plot@0.6.17 linkedom@0.18.12 jsdom@26.1.0
cat > probe.mjs <<'JS'
import * as Plot from '@observablehq/plot';
import { JSDOM } from 'jsdom';
import { parseHTML } from 'linkedom';

const draw = (name, document, style) => {
  try {
    const svg = Plot.plot({ document, style, marks: [Plot.lineY([1, 2, 3])] });
    console.log(`${name}: ${svg.getAttribute('style')}`);
  } catch (error) {
    console.log(`${name}: ${error.name}: ${error.message}`);
  }
};
const { document } = parseHTML('<html><body></body></html>');
draw('linkedom, text', document, 'font-size: 11px');
draw('linkedom, object', document, { fontSize: '11px' });
draw('jsdom, text', new JSDOM('').window.document, 'font-size: 11px');
JS
node probe.mjs | tee seen
grep -q '^linkedom, text: TypeError' seen
grep -q '^linkedom, object: font-size' seen
grep -q '^jsdom, text: font-size' seen
