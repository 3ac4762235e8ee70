/** Mark, title, place, kube-proxy's mode, and what else can be opened. */
import { useState } from 'react';
import type { ClusterRecord } from '../../core/index.ts';
import { useRecord } from '../state/records.ts';
import { useRun } from '../state/run.ts';
import { session } from '../state/session.ts';
import { type Dialog, openDialog, openOverlay, setUi, useUi } from '../state/ui.ts';
import { words } from '../words/en.ts';
import { Breadcrumb } from './breadcrumb.tsx';
import './header.css';

export function Header({ phone = false }: { phone?: boolean }) {
  const title = useRun((run) => run.opened?.title ?? '');
  const present = useUi((ui) => ui.present);
  return (
    <header className="bar region" data-region tabIndex={-1}>
      <h1 className="brand">
        <Mark />
        {words.product}
        {!phone && <em title={title}>{title}</em>}
      </h1>
      {!phone && <Breadcrumb />}
      <div className="grow" />
      {!phone && <ProxyMode />}
      {!phone && !present && (
        <div className="buttons">
          <LensButton />
          <Opens dialog="faults" label={words.header.faults} />
          <Opens dialog="share" label={words.header.share} />
          <button type="button" className="btn bare" data-opens="palette" aria-haspopup="dialog" onClick={() => openDialog('palette')}>
            {words.header.find}
            <kbd>{words.header.findKeys}</kbd>
          </button>
        </div>
      )}
      {!phone && present && (
        <div className="buttons">
          <LensButton />
          <button type="button" className="btn bare" onClick={() => setUi({ present: false })}>
            {words.header.leave}
            <kbd>{words.header.leaveKeys}</kbd>
          </button>
        </div>
      )}
      {phone && <Opens dialog="share" label={words.header.share} />}
      <Opens dialog="more" label={words.header.more} className={phone ? '' : 'narrow'} />
    </header>
  );
}

function Mark() {
  return (
    <svg viewBox="0 0 16 16" aria-hidden="true">
      <path fill="currentColor" d="M1 13h14v2H1z" />
      <path fill="none" stroke="currentColor" strokeWidth="1.5" d="M2.75 13V7.5a5.25 5.25 0 0 1 10.5 0V13" />
      <rect fill="currentColor" x="5" y="8" width="4" height="4" rx=".75" />
      <rect fill="currentColor" x="10" y="10" width="2" height="2" rx=".5" />
    </svg>
  );
}

function LensButton() {
  const open = useUi((ui) => ui.overlay === 'lens');
  return (
    <button type="button" className="btn" aria-expanded={open} onClick={() => openOverlay(open ? null : 'lens')}>
      {words.header.lens}
    </button>
  );
}

function Opens({ dialog, label, className = '' }: { dialog: Exclude<Dialog, null>; label: string; className?: string }) {
  const open = useUi((ui) => ui.dialog === dialog);
  return (
    <button type="button" className={`btn ${className}`} data-opens={dialog} aria-haspopup="dialog" aria-expanded={open} onClick={() => openDialog(dialog)}>
      {label}
    </button>
  );
}

const modes: readonly ClusterRecord['proxyMode'][] = ['iptables', 'ipvs', 'nftables'];

function ProxyMode() {
  const mode = useRecord<'cluster'>('cluster')?.proxyMode;
  const [error, setError] = useState('');
  const set = (value: ClusterRecord['proxyMode']): void => {
    setError('');
    session.command({ type: 'setOption', option: 'proxyMode', value }).catch((reason: Error) => setError(reason.message));
  };
  return (
    <fieldset className="modes" title={error ? words.header.notSet(error) : undefined}>
      <legend className="unseen">{words.header.proxyMode}</legend>
      {modes.map((value) => (
        <label key={value}>
          <input type="radio" name="proxy-mode" checked={mode === value} disabled={mode === undefined} onChange={() => set(value)} />
          <span>{words.header.modes[value]}</span>
        </label>
      ))}
    </fieldset>
  );
}
