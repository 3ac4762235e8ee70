/** The Web Worker: a session and its messages. */
import { Session } from './session.ts';

const scope = self as unknown as DedicatedWorkerGlobalScope;
const session = new Session((message) => scope.postMessage(message), { now: () => performance.now(), later: (ms, act) => void setTimeout(act, ms) });
scope.onmessage = (event: MessageEvent) => session.receive(event.data);
