import { readdirSync, readFileSync } from 'node:fs';
import { join, sep } from 'node:path';
import { deadLinks } from './deadLinks.ts';

// `tsx build/checkSite.ts FOLDER` fails on a dead link in the built site.
const folder = process.argv[2] ?? 'docs/.vitepress/dist';
const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).map((file) =>
  file.split(sep).join('/'),
);
const pages = files.filter((file) => file.endsWith('.html'));
const site = new Map(pages.map((page) => [page, readFileSync(join(folder, page), 'utf8')] as const));
const dead = deadLinks(site, new Set(files));
for (const line of dead.slice(0, 20)) console.error(line);
console.log(`${pages.length} pages, ${dead.length} dead links`);
if (dead.length > 0 || pages.length === 0) process.exitCode = 1;
