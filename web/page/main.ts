import { classesChoices, curveChoices, readChoice, writeChoice } from '../shared/link.ts';
import { type BackendChoice, backendChoices, type Reply, type Request } from '../shared/messages.ts';
import { classesPanel } from './classesPanel.ts';
import { type Client, startClient } from './client.ts';
import { curvePanel } from './curvePanel.ts';
import { digitPanel } from './digitPanel.ts';
import { element } from './element.ts';

const select = element<HTMLSelectElement>('backend');
const current: { client?: Client } = {};
const send = (request: Request): void => current.client?.send(request);
const query = new URLSearchParams(location.search);
const [curveRead, classesRead] = [readChoice(curveChoices, query), readChoice(classesChoices, query)];
const curve = curvePanel(send, curveRead.choice);
const classes = classesPanel(send, classesRead.choice);
const panels = [curve, classes, digitPanel(send)];

/** The backend in the page's address, if there is one of this name. */
const backendIn = (name: string | null): BackendChoice =>
  backendChoices.find((choice) => choice === name) ?? 'auto';

/** What the page's address asks for and cannot have, each with its reason. */
const refused = (): readonly string[] => {
  const unknown = [...query.keys()].filter((key) => !/^(backend$|curve\.|classes\.)/.test(key));
  const backend = query.get('backend');
  return [
    ...unknown.map((key) => `${key} is not a setting`),
    ...(backend === null || backendChoices.some((choice) => choice === backend)
      ? []
      : [`backend must be one of ${backendChoices.join(', ')}, got '${backend}'`]),
    ...curveRead.refused,
    ...classesRead.refused,
  ];
};

const showRefused = (reasons: readonly string[]): void => {
  const line = element('refused');
  line.hidden = reasons.length === 0;
  line.textContent = `Left out of the link: ${reasons.join('; ')}.`;
};

/** The page's address with the settings that are not the first ones. */
const link = (): string => {
  const address = new URL(location.pathname, location.href);
  if (select.value !== 'auto') address.searchParams.set('backend', select.value);
  const chosen = [
    ...writeChoice(curveChoices, curve.choice()),
    ...writeChoice(classesChoices, classes.choice()),
  ];
  for (const [key, value] of chosen) address.searchParams.set(key, value);
  return address.href;
};

/** Copies the link, and leaves it in the address bar, from where it can be copied by hand. */
const copyLink = async (): Promise<void> => {
  const address = link();
  history.replaceState(null, '', address);
  const status = element('link-status');
  try {
    await navigator.clipboard.writeText(address);
    status.textContent = 'copied: the settings, without points that you clicked';
  } catch {
    status.textContent = 'not copied: the browser refuses; the link is in the address bar';
  }
};

const showFailure = (message: string | undefined): void => {
  const failure = element('failure');
  failure.hidden = message === undefined;
  failure.textContent = message ?? '';
};

const backendLine = (reply: Extract<Reply, { type: 'backend' }>): string => {
  const { name, adapter, software } = reply;
  const runsOn = adapter === undefined ? name : `${name} on ${adapter}`;
  return software ? `${runsOn} (a software adapter: slow)` : runsOn;
};

const listen = (reply: Reply): void => {
  if (reply.type === 'failed') {
    showFailure(reply.message);
    if (document.body.dataset.backend === undefined) element('backend-status').textContent = 'not started';
    return;
  }
  if (reply.type === 'backend') {
    showFailure(undefined);
    const status = element('backend-status');
    status.textContent = backendLine(reply);
    status.title = reply.passedOver.join('\n');
    document.body.dataset.backend = reply.name;
    for (const panel of panels) panel.begin();
  }
  for (const panel of panels) panel.listen(reply);
};

/** Starts each backend in a new worker, so that nothing of the previous one remains. */
const start = (name: BackendChoice): void => {
  current.client?.end();
  for (const panel of panels) panel.end();
  delete document.body.dataset.backend;
  element('backend-status').textContent = 'starting …';
  current.client = startClient(listen);
  send({ type: 'backend', name });
};

showRefused(refused());
element('link').addEventListener('click', () => void copyLink());
select.value = backendIn(query.get('backend'));
select.addEventListener('change', () => {
  const name = select.value as BackendChoice;
  const address = new URL(location.href);
  address.searchParams.set('backend', name);
  history.replaceState(null, '', address);
  start(name);
});
start(select.value as BackendChoice);
