/** The host page's side of an embed: calls with promises, events, and nobody else's messages. */
import type { CallName, Calls, Told, ToldName } from './protocol.ts';

type Listener<T extends ToldName> = (detail: Told[T]) => void;

export interface Line {
  call<C extends CallName>(name: C, give?: Calls[C][0]): Promise<Calls[C][1]>;
  /** Hears what the embed tells. Returns what ends it. */
  on<T extends ToldName>(type: T, listener: Listener<T>): () => void;
  /** No more is heard; calls that wait are refused. */
  close(): void;
}

/** Speaks with the embed in `frame`. Only messages of this very frame and of the origin of its address are heard. */
export function connect(frame: HTMLIFrameElement): Line {
  const { origin } = new URL(frame.src, location.href);
  const waiting = new Map<number, [(answer: never) => void, (error: Error) => void]>();
  const listeners: [ToldName, Listener<never>][] = [];
  const early: (() => void)[] = [];
  let last = 0;
  let ready = false;
  const hear = ({ source, origin: from, data }: MessageEvent): void => {
    if (source !== frame.contentWindow || from !== origin || data?.kubarium !== 1) return;
    const { id, ok, answer, error, type, detail } = data;
    if (type === 'ready') {
      ready = true;
      for (const send of early.splice(0)) send();
    }
    if (type) {
      for (const [about, tell] of [...listeners]) if (about === type) tell(detail as never);
      return;
    }
    const entry = waiting.get(id);
    waiting.delete(id);
    if (ok) entry?.[0](answer as never);
    else entry?.[1](Error(error));
  };
  addEventListener('message', hear);
  return {
    call: (call, give) =>
      new Promise((resolve, reject) => {
        const id = ++last;
        waiting.set(id, [resolve, reject]);
        const send = (): void => frame.contentWindow?.postMessage({ kubarium: 1, id, call, give }, origin);
        if (ready) send();
        else early.push(send);
      }),
    on(type, listener) {
      const entry: [ToldName, Listener<never>] = [type, listener];
      listeners.push(entry);
      return () => void listeners.splice(listeners.indexOf(entry) >>> 0, 1);
    },
    close() {
      removeEventListener('message', hear);
      for (const [, reject] of waiting.values()) reject(Error('the embed is gone'));
      waiting.clear();
    },
  };
}
