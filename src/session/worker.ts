/** The Web Worker: a session and its messages. */
import { withFieldDocs } from './field-docs.ts';
import { Session } from './session.ts';

const scope = self as unknown as DedicatedWorkerGlobalScope;
const session = new Session((message) => scope.postMessage(message), { now: () => performance.now(), later: (ms, act) => void setTimeout(act, ms) });
const receive = withFieldDocs((message) => session.receive(message));
scope.onmessage = (event: MessageEvent) => receive(event.data);
