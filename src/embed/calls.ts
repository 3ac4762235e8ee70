/** What the page around an embed may ask for, and what it is told. */

import { records } from '../app/state/records.ts';
import { onFrame, useRun } from '../app/state/run.ts';
import { session } from '../app/state/session.ts';
import { setUi } from '../app/state/ui.ts';
import type { ViewRecord } from '../core/index.ts';
import type { Handlers, HostLine } from './host-line.ts';
import { momentMs, open } from './open.ts';
import type { Loaded } from './protocol.ts';

/** Kubernetes events told per frame; a frame of a fast run may hold hundreds. */
const maxEvents = 50;
const file = 'manifest.yaml';

const now = (): { nowMs: number } => ({ nowMs: useRun.getState().nowMs });

export const handlers: Handlers = {
  load: (what: Loaded) => open(what),
  async play(speed) {
    session.play(speed ?? useRun.getState().speed);
    return now();
  },
  async pause() {
    session.pause();
    // Where it stands is known once the session has answered something.
    const { nowMs } = await session.query({ q: 'hash' });
    return { nowMs };
  },
  seek: (to) => session.seek(momentMs(to)),
  async apply(yaml) {
    const [{ setApplied, typeText }, { give }] = await Promise.all([import('../app/editor/text.ts'), import('../app/shell/give.ts')]);
    typeText(yaml);
    const { result } = await give({ type: 'kubectl', argv: ['apply', '-f', file], namespace: 'default', files: { [file]: { documents: [], text: yaml } } });
    if (result?.rc === 0) setApplied(yaml);
    return { ...now(), out: result?.out ?? '', err: result?.err ?? '', rc: result?.rc ?? null };
  },
  async select(what) {
    const id = what === '' ? '' : idOf(what);
    setUi({ selectedId: id });
    return { selected: id };
  },
  async theme(theme) {
    setUi({ theme: theme === 'auto' ? 'system' : theme });
    return null;
  },
  async link() {
    const { momentLink } = await import('../app/share/moment.ts');
    return { link: (await momentLink(new URL('./', location.href).href)).url };
  },
};

/** An id of the view, or kind and name: `pod/web-6d4cf56db6-tz7mn`, `deployment/web`; of several the first whose name begins so. */
export function idOf(what: string): string {
  if (records.get(what)) return what;
  const [kind = '', ...rest] = what.split('/');
  const name = rest.join('/');
  const named = (record: ViewRecord): string =>
    'name' in record && (record.type === kind.toLowerCase() || ('kind' in record && String(record.kind).toLowerCase() === kind.toLowerCase()))
      ? record.name
      : '';
  const all = (['pod', 'node', 'service', 'object'] as const).flatMap((type): ViewRecord[] => records.list(type));
  const found = all.find((record) => named(record) === name) ?? all.find((record) => name !== '' && named(record).startsWith(`${name}-`));
  if (!found) throw new Error(`nothing here is called ${JSON.stringify(what.slice(0, 100))}`);
  return found.id;
}

/** Tells the page around of events, of playing and resting. */
export function tellOfRun(line: Pick<HostLine, 'tell'>): () => void {
  const leaveFrames = onFrame(({ diff, reset }) => {
    if (reset) return;
    let told = 0;
    for (const record of diff.changed) {
      if (record.type !== 'event' || (told += 1) > maxEvents) continue;
      const { lastMs, warning, reason, message, about, count } = record;
      line.tell('event', {
        atMs: lastMs,
        type: warning ? 'Warning' : 'Normal',
        reason,
        message,
        about: [about.kind, about.namespace, about.name].filter(Boolean).join('/'),
        count,
      });
    }
  });
  const leaveRun = useRun.subscribe((run, before) => {
    if (run.playing !== before.playing) line.tell('state', { atMs: run.nowMs, playing: run.playing });
    if (run.health !== before.health && 'message' in run.health) line.tell('error', { message: run.health.message });
  });
  return () => {
    leaveFrames();
    leaveRun();
  };
}
