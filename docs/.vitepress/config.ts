import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { type DefaultTheme, defineConfig } from 'vitepress';
import { breakCells } from '../../build/site/breaks.ts';
import { copyPrograms, withoutCopied } from '../../build/site/copied.ts';
import { toProgram } from '../../build/site/programs.ts';

/** What TypeDoc tells of its pages: folders of src, with groups of names in each; nothing before it has run. */
const folders = (): readonly DefaultTheme.SidebarItem[] => {
  const file = new URL('../reference/typedoc-sidebar.json', import.meta.url);
  return existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : [];
};

/** Names without their .md, open where they are functions. */
const group = ({ text = '', items = [] }: DefaultTheme.SidebarItem): DefaultTheme.SidebarItem => ({
  text,
  collapsed: text !== 'Functions',
  items: items.map(({ text = '', link = '' }) => ({ text, link: link.replace(/\.md$/, '') })),
});

/** The reference's sidebars: in each folder its own names, and of the others the link alone. */
const reference = (): DefaultTheme.SidebarMulti => {
  const all = folders();
  const links = all.map(({ text = '', link = '' }) => ({ text, link }));
  const within = Object.fromEntries(
    all.map(({ text = '', link = '', items = [] }) => [
      link,
      [
        { text, link, items: items.map(group) },
        { text: 'Other folders', items: links.filter((each) => each.link !== link) },
      ],
    ]),
  );
  return { ...within, '/reference/': [{ text: 'Reference', items: links }] };
};

const page = (text: string, link: string): DefaultTheme.SidebarItem => ({ text, link });

const guide: DefaultTheme.SidebarItem[] = [
  {
    text: 'Tutorial',
    items: [
      page('A network with uncertainty', '/tutorial/'),
      page('A classifier, line by line', '/tutorial/digits'),
      page('Whether its probabilities are right', '/tutorial/calibration'),
      page('Saving and shipping', '/tutorial/shipping'),
    ],
  },
  {
    text: 'Concepts',
    items: [
      page('Keys', '/concepts/keys'),
      page('Trees', '/concepts/trees'),
      page('The layer algebra', '/concepts/layers'),
      page('The loss and its two terms', '/concepts/elbo'),
      page('Choosing a prior and a temperature', '/concepts/priors'),
      page('Choosing a posterior', '/concepts/posteriors'),
      page('Reading uncertainty', '/concepts/uncertainty'),
      page('When mean field underfits', '/concepts/underfitting'),
      page('Estimators', '/concepts/estimators'),
    ],
  },
  {
    text: 'How to',
    items: [
      page('Run the examples', '/how-to/examples'),
      page('Use a notebook', '/how-to/notebooks'),
      page('Your own table, from CSV to interval', '/how-to/table'),
      page('Feed data', '/how-to/data'),
      page('Write a layer, a prior, a posterior', '/how-to/own-layers'),
      page('Transformers and sequences', '/how-to/sequences'),
      page('Schedules and optimizers', '/how-to/optimizers'),
      page('Validation, early stopping, resuming', '/how-to/validation'),
      page('Use all cores', '/how-to/parallel'),
      page('Save, load and resume', '/how-to/checkpoints'),
      page('Start from a pretrained network', '/how-to/trained-networks'),
      page('Train an ensemble', '/how-to/ensembles'),
      page('Prune a network', '/how-to/pruning'),
      page('Decide with predictions', '/how-to/decisions'),
      page('Draw figures', '/how-to/plots'),
      page('Migrate from torch_blue', '/how-to/from-torch-blue'),
      page('Come from TensorFlow.js', '/how-to/from-tensorflow'),
      page('Choose a backend', '/how-to/backends'),
      page('Run in a browser', '/how-to/browser'),
      page('Bundle a program', '/how-to/bundlers'),
      page('Memory', '/how-to/memory'),
      page('Speed', '/how-to/speed'),
      page('Use vmap, write a batching rule', '/how-to/vmap'),
      page('Upgrade from 0.1', '/how-to/upgrade'),
      page('All that there is', '/features'),
      page('What the methods reach', '/study'),
      page('Surprises of TensorFlow.js', '/tensorflow-js'),
      page('Architecture', '/architecture'),
    ],
  },
];

export default defineConfig({
  title: 'tfjs-bayesian',
  description: 'Bayesian neural networks for TypeScript on TensorFlow.js',
  lang: 'en',
  cleanUrls: true,
  metaChunk: true,
  // The playground is built into the site after its pages.
  ignoreDeadLinks: [/^\/playground\//],
  markdown: {
    // Of GitHub's themes those whose colours all contrast with the page by 4.5 or more.
    theme: { light: 'github-light-high-contrast', dark: 'github-dark-default' },
    config: (md) => {
      copyPrograms(md, toProgram(fileURLToPath(new URL('../..', import.meta.url))));
      breakCells(md);
    },
  },
  transformPageData: ({ relativePath, frontmatter }) =>
    relativePath.startsWith('reference/') ? { frontmatter: { ...frontmatter, pageClass: 'reference' } } : {},
  themeConfig: {
    nav: [
      { text: 'Tutorial', link: '/tutorial/', activeMatch: '^/tutorial/' },
      { text: 'Guide', link: '/concepts/keys', activeMatch: '^/(concepts|how-to)/' },
      { text: 'Reference', link: '/reference/', activeMatch: '^/reference/' },
      { text: 'Playground', link: '/playground/index.html', target: '_self' },
    ],
    sidebar: { ...reference(), '/': guide },
    outline: [2, 3],
    search: {
      provider: 'local',
      options: {
        _render: (text, env, md) => withoutCopied(md.render(text, env)),
        // A page that explains comes before the signatures of what it explains.
        miniSearch: {
          searchOptions: { boostDocument: (id: string) => (id.startsWith('/reference/') ? 0.5 : 1) },
        },
      },
    },
    docFooter: { prev: 'Previous', next: 'Next' },
  },
});
