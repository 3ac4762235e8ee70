/** Clock, state, buttons and speed. */
import type { ReactNode } from 'react';
import { useShownComparison } from '../compare/store.ts';
import { useVeil } from '../lesson/veil.ts';
import { useRecord } from '../state/records.ts';
import { useFrame } from '../state/run.ts';
import { togglePlay } from '../state/session.ts';
import { useUi } from '../state/ui.ts';
import { panelWords } from '../words/panels.en.ts';
import { detents, setSpeedIndex, speedIndex, stepMessage, toEnd, toStart } from './controls.ts';
import { clockText, timeText } from './time-text.ts';

const t = panelWords.time;

export function Clock({ height }: { height: number }) {
  const present = useUi((ui) => ui.present);
  const low = height < 188;
  return (
    <div className={`clock ${low ? 'low' : ''}`}>
      <Digits />
      <StateWords />
      <Buttons />
      {!present && height >= 150 && <Speed />}
      {!present && !low && <Messages />}
    </div>
  );
}

function Digits() {
  const nowMs = useFrame((run) => run.nowMs);
  const { digits, unit } = clockText(nowMs);
  return (
    <div className="clock-time" role="timer" aria-label={t.clock} aria-live="off">
      {digits}
      {unit && <small> {unit}</small>}
    </div>
  );
}

function StateWords() {
  const playing = useFrame((run) => run.playing);
  const health = useFrame((run) => run.health.state);
  const seed = useRecord<'cluster'>('cluster')?.seed ?? null;
  const compared = useShownComparison();
  const rests = useVeil((veil) => veil.rests);
  if (compared) return <p>{t.above(compared.a.id, compared.b.id)}</p>;
  const words = health === 'starting' ? t.starting : health === 'open' ? (playing ? t.running : rests ? t.pausedByLesson : t.paused) : t.stopped;
  return <p>{seed === null ? words : t.seeded(words, seed)}</p>;
}

const icons = {
  start: <path d="M9 10h2v12H9zM23 10v12l-10-6z" />,
  back: <path d="M20 10v12l-9-6zM21 10h2v12h-2z" />,
  forward: <path d="M9 10l9 6-9 6zM20 10h2v12h-2z" />,
  end: <path d="M7 10l8 6-8 6zM15 10l8 6-8 6zM24 10h2v12h-2z" />,
} satisfies Record<string, ReactNode>;

export function Buttons() {
  return (
    <div className="clock-keys">
      <Icon label={t.toStart} icon="start" act={toStart} />
      <Icon label={t.stepBack} icon="back" act={() => stepMessage(-1)} />
      <PlayButton size={40} />
      <Icon label={t.step} icon="forward" act={() => stepMessage(1)} />
      <Icon label={t.toEnd} icon="end" act={toEnd} />
    </div>
  );
}

function Icon({ label, icon, act }: { label: string; icon: keyof typeof icons; act(): void }) {
  return (
    <button type="button" className="clock-key" aria-label={label} title={label} onClick={act}>
      <svg viewBox="0 0 32 32" aria-hidden="true">
        {icons[icon]}
      </svg>
    </button>
  );
}

export function PlayButton({ size }: { size: number }) {
  const playing = useFrame((run) => run.playing);
  const label = playing ? t.pause : t.play;
  return (
    <button type="button" className="clock-play" aria-label={label} title={label} onClick={togglePlay} style={{ width: size, height: size }}>
      <svg viewBox="0 0 40 40" aria-hidden="true">
        {playing ? <path d="M14 13h4v14h-4zM22 13h4v14h-4z" /> : <path d="M15 12v16l14-8z" />}
      </svg>
    </button>
  );
}

export function Speed() {
  const speed = useFrame((run) => run.speed);
  const at = speedIndex(speed);
  return (
    <div className="clock-speed">
      <input
        type="range"
        min={0}
        max={detents.length - 1}
        step={1}
        value={at}
        aria-label={t.speed}
        aria-valuetext={t.times(String(detents[at]))}
        onChange={(event) => setSpeedIndex(Number(event.currentTarget.value))}
      />
      <div className="clock-detents" aria-hidden="true">
        {detents.map((detent, i) => (
          <span key={detent} className={i === at ? 'on' : ''}>
            {i === at ? `${detent}×` : detent}
          </span>
        ))}
      </div>
    </div>
  );
}

function Messages() {
  const messages = useRecord<'cluster'>('cluster')?.messages;
  const compared = useShownComparison();
  if (compared?.first) return <p>{t.firstAt(timeText(compared.first.atMs))}</p>;
  return <p>{messages === undefined ? ' ' : t.messages(messages)}</p>;
}
