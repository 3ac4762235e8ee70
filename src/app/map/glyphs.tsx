/** Signs of states and of messages. Always beside a word, or with one of their own. */
import type { ReactNode } from 'react';
import type { MessageKind, MessageRecord, StateFamily } from '../../core/index.ts';

const state: Record<StateFamily, ReactNode> = {
  ready: <circle cx="6" cy="6" r="5" fill="var(--glass)" />,
  notReady: <circle cx="6" cy="6" r="4" fill="none" stroke="var(--glass)" strokeWidth="2" />,
  progress: (
    <>
      <circle cx="6" cy="6" r="4.25" fill="none" stroke="var(--ink)" strokeWidth="1.5" />
      <path d="M6 6V3.2A2.8 2.8 0 0 1 6 8.8z" fill="var(--ink)" />
    </>
  ),
  pending: <circle cx="6" cy="6" r="4.25" fill="none" stroke="var(--ink-3)" strokeWidth="1.5" strokeDasharray="1.7 1.6" />,
  backoff: <path d="M1.5.8h9v1.6L7.4 6l3.1 3.6v1.6h-9V9.6L4.6 6 1.5 2.4z" fill="var(--amber)" />,
  failed: (
    <>
      <rect x=".8" y=".8" width="10.4" height="10.4" rx="1.5" fill="var(--red)" />
      <path d="M3.8 3.8l4.4 4.4M8.2 3.8L3.8 8.2" fill="none" stroke="var(--plate)" strokeWidth="1.7" />
    </>
  ),
  done: <path d="M1.5 6.5l3 3 6-7" fill="none" stroke="var(--ink-2)" strokeWidth="2" />,
  terminating: (
    <>
      <circle cx="6" cy="6" r="4.25" fill="none" stroke="var(--ink)" strokeWidth="1.5" />
      <path d="M3.7 6h4.6" stroke="var(--ink)" strokeWidth="1.7" />
    </>
  ),
  off: (
    <>
      <circle cx="6" cy="6" r="4.25" fill="none" stroke="var(--ink-3)" strokeWidth="1.5" />
      <path d="M3 9l6-6" stroke="var(--ink-3)" strokeWidth="1.5" />
    </>
  ),
  unknown: (
    <>
      <path d="M3 4a3 3 0 1 1 3.9 2.9q-.9.3-.9 1.3" fill="none" stroke="var(--ink-2)" strokeWidth="1.6" />
      <circle cx="6" cy="10.6" r="1" fill="var(--ink-2)" />
    </>
  ),
};

/** `label`: only where no word stands beside it. */
export function StateGlyph({ family, label, className = '' }: { family: StateFamily; label?: string; className?: string }) {
  const named = label ? { role: 'img', 'aria-label': label } : { 'aria-hidden': true };
  return (
    // biome-ignore lint/a11y/noSvgWithoutTitle: hidden, or named by its label.
    <svg className={`glyph ${className}`} viewBox="0 0 12 12" {...named}>
      {state[family]}
    </svg>
  );
}

/** A shape for every kind of message; more than one for the kinds whose requests differ. */
export type MessageShape = 'watch' | 'patch' | 'cri' | 'cni' | 'csi' | 'probe' | 'signal' | 'kill' | 'rules' | 'decide' | 'tcp' | 'udp' | 'dns';

type Words = Pick<MessageRecord, 'kind' | 'text' | 'reply'> & { outcome?: MessageRecord['outcome'] };

const writes = /^(create|patch|update|delete|status|POST|PUT|PATCH|DELETE)\b/;

export function shapeOf(m: Words): MessageShape {
  const shapes: Record<MessageKind, MessageShape> = {
    api: 'watch',
    cri: 'cri',
    probe: 'probe',
    cni: 'cni',
    tcp: 'tcp',
    udp: 'udp',
    signal: 'signal',
    command: 'patch',
    mount: 'csi',
    rules: 'rules',
    internal: 'decide',
  };
  if (m.kind === 'api' && !m.reply && writes.test(m.text)) return 'patch';
  if (m.kind === 'signal' && m.text.startsWith('SIGKILL')) return 'kill';
  if (m.kind === 'udp' && /(:53\b)|query|\bDNS\b/i.test(m.text)) return 'dns';
  return shapes[m.kind];
}

export const isPacket = (kind: MessageKind): boolean => kind === 'tcp' || kind === 'udp';

/** Replies are hollow. TCP is hollow until it is established; watch events stay filled, as nobody asked for each. */
export function isHollow(m: Words): boolean {
  if (m.kind === 'tcp') return /^(SYN|SYN-ACK)\b/.test(m.text);
  if (m.kind === 'api') return m.reply && /^\d{3}\b/.test(m.text);
  return m.reply && m.kind !== 'signal' && m.kind !== 'rules';
}

/** Paths around (0, 0), 14 wide at most; `stroke` paths are drawn hollow with 1.6. Shared by the canvas. */
export const shapePaths: Record<MessageShape, { filled: string; hollow: string }> = {
  watch: { filled: 'M4.5 0A4.5 4.5 0 1 1 -4.5 0A4.5 4.5 0 1 1 4.5 0z', hollow: 'M3.7 0A3.7 3.7 0 1 1 -3.7 0A3.7 3.7 0 1 1 3.7 0z' },
  patch: { filled: 'M1.4 0A1.4 1.4 0 1 1 -1.4 0A1.4 1.4 0 1 1 1.4 0z', hollow: 'M3.7 0A3.7 3.7 0 1 1 -3.7 0A3.7 3.7 0 1 1 3.7 0z' },
  cri: { filled: 'M-4 -4H4V4H-4z', hollow: 'M-3.4 -3.4H3.4V3.4H-3.4z' },
  cni: { filled: 'M0 -5L5 4H-5z', hollow: 'M0 -4.2L4 3.2H-4z' },
  csi: { filled: 'M-5 -4H5L3 4H-3z', hollow: 'M-4.2 -3.4H4.2L2.6 3.4H-2.6z' },
  probe: { filled: 'M0 -5.4L5.4 0L0 5.4L-5.4 0z', hollow: 'M0 -4.6L4.6 0L0 4.6L-4.6 0z' },
  signal: {
    filled: 'M-5 -5H-2.5L1 0L-2.5 5H-5L-1.5 0zM0 -5H2.5L6 0L2.5 5H0L3.5 0z',
    hollow: 'M-5 -5H-2.5L1 0L-2.5 5H-5L-1.5 0zM0 -5H2.5L6 0L2.5 5H0L3.5 0z',
  },
  kill: {
    filled: 'M-9 -5H-6.5L-3 0L-6.5 5H-9L-5.5 0zM-4 -5H-1.5L2 0L-1.5 5H-4L-.5 0zM1 -5H3.5L7 0L3.5 5H1L4.5 0zM6 -5H8.5L12 0L8.5 5H6L9.5 0z',
    hollow: 'M-9 -5H-6.5L-3 0L-6.5 5H-9L-5.5 0zM-4 -5H-1.5L2 0L-1.5 5H-4L-.5 0zM1 -5H3.5L7 0L3.5 5H1L4.5 0zM6 -5H8.5L12 0L8.5 5H6L9.5 0z',
  },
  rules: { filled: 'M-5 -4.5H5V-2.3H-5zM-5 -1.1H5V1.1H-5zM-5 2.3H5V4.5H-5z', hollow: 'M-5 -4.5H5V-2.3H-5zM-5 -1.1H5V1.1H-5zM-5 2.3H5V4.5H-5z' },
  decide: { filled: 'M-5 -1.2H5V1.2H-5z', hollow: 'M-5 -1.2H5V1.2H-5z' },
  tcp: {
    filled: 'M-3.5 -3.5H3.5A3.5 3.5 0 0 1 3.5 3.5H-3.5A3.5 3.5 0 0 1 -3.5 -3.5z',
    hollow: 'M-3.4 -2.8H3.4A2.8 2.8 0 0 1 3.4 2.8H-3.4A2.8 2.8 0 0 1 -3.4 -2.8z',
  },
  udp: { filled: 'M-7 -3H-1V3H-7zM1 -3H7V3H1z', hollow: 'M-6.3 -2.4H-1.5V2.4H-6.3zM1.5 -2.4H6.3V2.4H1.5z' },
  dns: {
    filled: 'M-7 -1H-1V4H-7zM1 -1H7V4H1zM1.8 -4A1.8 1.8 0 1 1 -1.8 -4A1.8 1.8 0 1 1 1.8 -4z',
    hollow: 'M-6.3 -.5H-1.3V3.7H-6.3zM1.3 -.5H6.3V3.7H1.3zM1.8 -4A1.8 1.8 0 1 1 -1.8 -4A1.8 1.8 0 1 1 1.8 -4z',
  },
};

/** The sign of a message: shape, filled or hollow, red with × when refused. */
export function MessageGlyph({ message, label }: { message: Words; label?: string }) {
  const shape = shapeOf(message);
  const paths = shapePaths[shape];
  const refused = message.outcome === 'refused';
  const color = refused ? 'var(--red)' : isPacket(message.kind) ? 'var(--blue)' : 'var(--ink)';
  const hollow = !refused && isHollow(message);
  const named = label ? { role: 'img', 'aria-label': label } : { 'aria-hidden': true };
  return (
    // biome-ignore lint/a11y/noSvgWithoutTitle: hidden, or named by its label.
    <svg className="glyph message" viewBox="-7 -7 14 14" {...named} style={{ width: 14, height: 14, opacity: message.outcome === 'lost' ? 0.55 : 1 }}>
      {(hollow || shape === 'patch') && <path d={paths.hollow} fill="var(--plate)" stroke={color} strokeWidth="1.6" />}
      {(!hollow || shape === 'patch') && <path d={paths.filled} fill={color} />}
      {refused && <path d="M-2 -2L2 2M2 -2L-2 2" fill="none" stroke="var(--plate)" strokeWidth="1.5" />}
      {message.outcome === 'lost' && <path d="M-5 -5L5 5M5 -5L-5 5" fill="none" stroke={color} strokeWidth="1.5" />}
    </svg>
  );
}
