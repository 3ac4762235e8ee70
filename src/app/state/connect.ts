/** Ways to a session: its Web Worker, or, where there are none, the page's own thread. */
import type { FromSession, ToSession } from '../../session/protocol.ts';
import type { Connect, Line } from './session-client.ts';

export const connect: Connect = (hear, lost) => {
  if (typeof Worker === 'undefined') return connectDirectly(hear, lost);
  const worker = new Worker(new URL('../../session/worker.ts', import.meta.url), { type: 'module' });
  worker.onmessage = (event: MessageEvent<FromSession>) => hear(event.data);
  worker.onmessageerror = () => lost('A message of the simulator could not be read.');
  worker.onerror = (event) => {
    event.preventDefault();
    lost(event.message || 'The simulator could not be loaded.');
  };
  return { send: (message) => worker.postMessage(message), close: () => worker.terminate() };
};

const connectDirectly: Connect = (hear, lost): Line => {
  let closed = false;
  const early: ToSession[] = [];
  let receive: ((message: ToSession) => void) | undefined;
  Promise.all([import('../../session/session.ts'), import('../../session/field-docs.ts')]).then(
    ([{ Session }, { withFieldDocs }]) => {
      const session = new Session((message) => closed || hear(message), {
        now: () => performance.now(),
        later: (ms, act) => void setTimeout(() => closed || act(), ms),
      });
      receive = withFieldDocs((message) => session.receive(message));
      for (const message of early) receive(message);
    },
    (error: unknown) => lost(String(error)),
  );
  return {
    send: (message) => (receive ? receive(message) : void early.push(message)),
    close: () => {
      closed = true;
    },
  };
};
