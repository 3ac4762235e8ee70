/** What the Inspector has of every object: conditions, messages, events, YAML, pods. */
import { useMemo } from 'react';
import type { EventRecord, MessageRecord, PodRecord } from '../../core/index.ts';
import { MessageGlyph, StateGlyph } from '../map/glyphs.tsx';
import { useRecord, useRecords } from '../state/records.ts';
import { useFrame } from '../state/run.ts';
import { select, setUi } from '../state/ui.ts';
import { seekTo } from '../timebar/controls.ts';
import { stampText } from '../timebar/time-text.ts';
import { panelWords } from '../words/panels.en.ts';
import { Copy, Fold, Section } from './parts.tsx';
import { useAsked } from './use-asked.ts';

const t = panelWords.inspector;
const most = 8;

export interface ObjectName {
  kind: string;
  namespace: string;
  name: string;
}

interface Condition {
  type: string;
  status: string;
  reason?: string;
  message?: string;
}

export function Conditions({ of }: { of: ObjectName }) {
  const revision = useRecord<'cluster'>('cluster')?.resourceVersion;
  const { answer } = useAsked({ q: 'object', ...of }, revision);
  const status = answer?.object?.status as { conditions?: Condition[] } | undefined;
  const conditions = status?.conditions ?? [];
  if (conditions.length === 0) return null;
  return (
    <Section title={t.conditions}>
      <ul className="insp-conditions">
        {conditions.map((c) => (
          <li key={c.type}>
            <span>
              <b>{c.type}</b> {c.status}
              {c.reason && `, ${c.reason}`}
            </span>
            {c.message && <code>{c.message}</code>}
          </li>
        ))}
      </ul>
    </Section>
  );
}

export function Yaml({ of }: { of: ObjectName }) {
  return <Fold title={t.yaml}>{() => <YamlText of={of} />}</Fold>;
}

function YamlText({ of }: { of: ObjectName }) {
  const revision = useRecord<'cluster'>('cluster')?.resourceVersion;
  const { answer } = useAsked({ q: 'object', ...of }, revision, 800);
  if (!answer) return null;
  return (
    <>
      <Copy text={answer.yaml} />
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable. */}
      <section className="insp-text" tabIndex={0} aria-label={t.yaml}>
        <pre>{answer.yaml}</pre>
      </section>
    </>
  );
}

/** `about`: a record's id, or an address of the map whose messages pass it. */
export function AboutMessages({ about, passes }: { about?: string; passes?: (message: MessageRecord) => boolean }) {
  const messages = useFrame((run) => run.messages);
  const { answer } = useAsked(about && messages.length > 0 ? { q: 'messages', about, beforeSeq: 0, limit: most } : null, messages, 500);
  const known = useMemo(() => {
    if (about) return answer?.slice(-most).reverse() ?? [];
    const out: MessageRecord[] = [];
    for (let i = messages.length - 1; i >= 0 && out.length < most; i -= 1) if (passes?.(messages[i] as MessageRecord)) out.push(messages[i] as MessageRecord);
    return out;
  }, [about, answer, messages, passes]);
  const newestFirst = [...known].sort((a, b) => b.atMs - a.atMs || b.seq - a.seq);
  return (
    <Section title={t.messages}>
      {newestFirst.length === 0 && <p className="quiet">{t.noMessages}</p>}
      <ul className="insp-rows">
        {newestFirst.map((m) => (
          <li key={`${m.seq}-${m.atMs}`}>
            <button
              type="button"
              onClick={() => {
                setUi({ focusedSeq: m.seq });
                seekTo(m.atMs);
              }}
            >
              <time>{stampText(m.atMs)}</time>
              <MessageGlyph message={m} />
              <span>
                <b>{m.fromName}</b>
                {m.toName !== m.fromName && (
                  <>
                    {' → '}
                    <b>{m.toName}</b>
                  </>
                )}{' '}
                {m.text}
              </span>
            </button>
          </li>
        ))}
      </ul>
    </Section>
  );
}

export function Events({ of, uid }: { of: ObjectName; uid?: string }) {
  const all = useRecords('event');
  const events = all
    .filter((e: EventRecord) => (uid ? e.about.uid === uid : e.about.kind === of.kind && e.about.name === of.name))
    .sort((a, b) => b.lastMs - a.lastMs);
  if (events.length === 0) return null;
  return (
    <Section title={t.events}>
      <ul className="insp-events">
        {events.slice(0, 20).map((e) => (
          <li key={e.id}>
            <button type="button" onClick={() => seekTo(e.lastMs)}>
              <time>{stampText(e.lastMs)}</time>
              <svg className="glyph" viewBox="0 0 12 12" aria-hidden="true">
                <path
                  d="M6 1.5l4.5 8.5h-9z"
                  fill={e.warning ? 'var(--amber)' : 'none'}
                  stroke={e.warning ? 'var(--amber)' : 'var(--ink-2)'}
                  strokeWidth="1.2"
                />
              </svg>
              <span>
                <b>{e.reason}</b>
                {e.count > 1 && ` ${t.times(e.count)}`} {e.message}
              </span>
            </button>
          </li>
        ))}
      </ul>
    </Section>
  );
}

export function Pods({ pods }: { pods: readonly PodRecord[] }) {
  if (pods.length === 0) return null;
  return (
    <Section title={t.children}>
      <ul className="insp-rows">
        {pods.slice(0, 40).map((pod) => (
          <li key={pod.id}>
            <button type="button" onClick={() => select(pod.id)}>
              <StateGlyph family={pod.family} />
              <span>
                <b>{pod.name}</b> {pod.status}
              </span>
            </button>
          </li>
        ))}
      </ul>
      {pods.length > 40 && <p className="quiet">{t.more(pods.length - 40)}</p>}
    </Section>
  );
}
