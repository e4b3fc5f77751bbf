import { type BackendChoice, backendChoices, type Reply, type Request } from '../shared/messages.ts';
import { classesPanel } from './classesPanel.ts';
import { type Client, startClient } from './client.ts';
import { curvePanel } from './curvePanel.ts';
import { digitPanel } from './digitPanel.ts';
import { element } from './element.ts';

const select = element<HTMLSelectElement>('backend');
const current: { client?: Client } = {};
const send = (request: Request): void => current.client?.send(request);
const panels = [curvePanel(send), classesPanel(send), digitPanel(send)];

/** The backend in the page's query string. */
const wanted = (): BackendChoice => {
  const name = new URLSearchParams(location.search).get('backend');
  return backendChoices.find((choice) => choice === name) ?? 'auto';
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

select.value = wanted();
select.addEventListener('change', () => {
  const name = select.value as BackendChoice;
  const address = new URL(location.href);
  address.searchParams.set('backend', name);
  history.replaceState(null, '', address);
  start(name);
});
start(wanted());
