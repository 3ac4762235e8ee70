/** Said when the model failed or the worker is lost: what, where, and the ways on. */
import { useState } from 'react';
import { type Health, useRun } from '../state/run.ts';
import { session } from '../state/session.ts';
import { words } from '../words/en.ts';

export function HealthNotice() {
  const health = useRun((run) => run.health);
  const [copied, setCopied] = useState(false);
  const [dismissed, setDismissed] = useState<Health | null>(null);
  if (health.state === 'open' && health.revived && dismissed !== health)
    return (
      <div className="health revived" role="status">
        <p>{words.health.revived(health.revived.atMs)}</p>
        <p className="mono">{health.revived.message}</p>
        <button type="button" className="btn" onClick={() => setDismissed(health)}>
          {words.health.dismiss}
        </button>
      </div>
    );
  if (health.state !== 'failed' && health.state !== 'stopped') return null;
  const before = Math.max(0, health.atMs - 100);
  const report = JSON.stringify({ message: health.message, seed: health.seed, atMs: health.atMs, request: session.recovery() }, null, 1);
  const copy = (): void => {
    navigator.clipboard?.writeText(report).then(
      () => setCopied(true),
      () => {},
    );
  };
  const restart = (atMs: number): void => {
    session.restart(atMs).catch(() => {});
  };
  return (
    <div className="health" role="alert">
      <h2>{words.health[health.state]}</h2>
      <p className="mono">{health.message}</p>
      <p>{words.health.seed(health.seed, health.atMs)}</p>
      <div className="actions">
        <button type="button" className="btn solid" onClick={() => restart(before)}>
          {words.health.back(before)}
        </button>
        <button type="button" className="btn" onClick={() => restart(0)}>
          {words.health.restart}
        </button>
        <button type="button" className="btn" onClick={copy}>
          {copied ? words.health.copied : words.health.copy}
        </button>
      </div>
    </div>
  );
}
