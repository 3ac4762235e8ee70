/** A rule set from elsewhere: pasted or from a file, and a packet walked through it. */
import { type ChangeEvent, useState } from 'react';
import type { LensPacketQuestion, Pasted, PastedPacket } from '../../core/index.ts';
import { number } from '../words/en.ts';
import { lensWords as t } from '../words/lens.en.ts';
import { askOnce } from './ask.ts';
import { type Chosen, Detail } from './detail.tsx';
import { useJoins } from './joins.ts';
import { Step } from './step.tsx';

const mostCharacters = 32 * 1024 * 1024;
const first: PastedPacket = { protocol: 'tcp', src: '203.0.113.7', sport: 41_874, dst: '10.0.0.11', dport: 80, localAddresses: ['10.0.0.11'], seed: 1 };

/** What was pasted outlives the view, not the page. */
const kept = { text: '', packet: first };

export function Paste() {
  const [text, setText] = useState(kept.text);
  const [packet, setPacket] = useState(kept.packet);
  const [found, setFound] = useState<Pasted | null>(null);
  const [error, setError] = useState('');
  const [walking, setWalking] = useState(false);
  const change = (part: Partial<PastedPacket>): void => {
    kept.packet = { ...packet, ...part };
    setPacket(kept.packet);
  };
  const write = (value: string): void => {
    kept.text = value;
    setText(value);
    setFound(null);
    setError('');
  };
  const walk = (without: boolean): void => {
    setWalking(true);
    askOnce({ ask: 'pasted', text, packet, without }).then(
      (answer) => {
        setFound(answer);
        setError('');
        setWalking(false);
      },
      (reason: Error) => {
        setError(reason.message);
        setWalking(false);
      },
    );
  };
  const open = (event: ChangeEvent<HTMLInputElement>): void => {
    const file = event.currentTarget.files?.[0];
    if (!file) return;
    if (file.size > mostCharacters) {
      setError(t.paste.tooLong(mostCharacters));
      return;
    }
    file.text().then(write, (reason: Error) => setError(reason.message));
  };
  return (
    <div className="lens-paste">
      <form
        onSubmit={(event) => {
          event.preventDefault();
          walk(false);
        }}
      >
        <label className="lens-text">
          {t.paste.label}
          <textarea
            className="mono"
            spellCheck={false}
            value={text}
            placeholder={'*nat\n:PREROUTING ACCEPT [0:0]\n…\nCOMMIT'}
            onChange={(event) => write(event.currentTarget.value)}
          />
        </label>
        <Fields packet={packet} change={change} />
        <div className="lens-buttons">
          <button type="submit" className="btn solid" disabled={walking || text.trim() === ''}>
            {walking ? t.asking : t.paste.walk}
          </button>
          <label className="btn">
            {t.paste.file}
            <input type="file" className="unseen" accept=".txt,.rules,.nft,.save,text/plain" onChange={open} />
          </label>
        </div>
      </form>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable. */}
      <section className="lens-walk" tabIndex={0} aria-label={t.paste.result}>
        {error && (
          <p className="lens-problem" role="alert">
            {error}
          </p>
        )}
        {found && <Found found={found} onWithout={() => walk(true)} />}
      </section>
    </div>
  );
}

function Fields({ packet, change }: { packet: PastedPacket; change(part: Partial<PastedPacket>): void }) {
  const port = (value: string): number => Math.max(0, Math.min(65_535, Math.floor(Number(value)) || 0));
  return (
    <div className="lens-fields">
      <label>
        {t.protocol}
        <select value={packet.protocol} onChange={(event) => change({ protocol: event.currentTarget.value as LensPacketQuestion['protocol'] })}>
          {(['tcp', 'udp', 'sctp', 'icmp'] as const).map((p) => (
            <option key={p} value={p}>
              {p.toUpperCase()}
            </option>
          ))}
        </select>
      </label>
      <label>
        {t.paste.source}
        <input className="mono" value={packet.src} onChange={(event) => change({ src: event.currentTarget.value.trim() })} />
      </label>
      <label>
        {t.fromPort}
        <input
          className="mono"
          type="number"
          min={0}
          max={65535}
          value={packet.sport}
          onChange={(event) => change({ sport: port(event.currentTarget.value) })}
        />
      </label>
      <label>
        {t.paste.destination}
        <input className="mono" value={packet.dst} onChange={(event) => change({ dst: event.currentTarget.value.trim() })} />
      </label>
      <label>
        {t.port}
        <input
          className="mono"
          type="number"
          min={0}
          max={65535}
          value={packet.dport}
          onChange={(event) => change({ dport: port(event.currentTarget.value) })}
        />
      </label>
      <label className="wide" title={t.paste.localHint}>
        {t.paste.local}
        <input
          className="mono"
          defaultValue={packet.localAddresses.join(' ')}
          onChange={(event) => change({ localAddresses: event.currentTarget.value.split(/[\s,]+/).filter((ip) => ip !== '') })}
        />
      </label>
    </div>
  );
}

function Found({ found, onWithout }: { found: Pasted; onWithout(): void }) {
  const joins = useJoins();
  const [chosen, setChosen] = useState<Chosen | null>(null);
  const { problems, answer } = found;
  return (
    <>
      {found.form !== '' && <p className="lens-sum">{t.paste.sum(found.form, found.tables, found.chains, found.rules)}</p>}
      {problems.length > 0 && (
        <section aria-label={t.paste.problems(problems.length, found.more)}>
          <p className="lens-problem" role="alert">
            <b>{t.paste.problems(problems.length, found.more)}</b>
          </p>
          <ul className="lens-problems">
            {problems.map((p) => (
              <li key={`${p.line} ${p.message}`}>
                <b>{t.paste.line(p.line)}</b> <span>{p.message}</span>
                {p.text && <code>{p.text}</code>}
              </li>
            ))}
          </ul>
          {!found.more && !answer && (
            <button type="button" className="btn" onClick={onWithout}>
              {t.paste.without}
            </button>
          )}
        </section>
      )}
      {answer && (
        <>
          {problems.length > 0 && <p className="lens-sum">{t.paste.withoutNote}</p>}
          <p className="lens-sum">
            {t.paste.verdict} <b>{answer.error ?? answer.verdict}</b> {answer.endpoint && <span className="mono">{answer.endpoint}</span>}{' '}
            {answer.masquerade ? t.masquerade : t.kept}, {number(answer.rulesLookedAt)} {t.looked(0)}
          </p>
          <ol>
            {answer.steps.map((s, i) =>
              s.kind === 'hook' ? (
                // biome-ignore lint/suspicious/noArrayIndexKey: steps are their places on the way.
                <li key={i} className="lens-hookline">
                  {s.text}
                </li>
              ) : s.kind === 'chain' && !s.text.startsWith('policy') ? null : (
                <Step
                  // biome-ignore lint/suspicious/noArrayIndexKey: steps are their places on the way.
                  key={i}
                  step={s}
                  joins={joins}
                  current={chosen?.key === String(i)}
                  onChoose={() => setChosen({ mode: found.form === 'nft' ? 'nftables' : 'iptables', key: String(i), step: s })}
                />
              ),
            )}
          </ol>
          <Detail chosen={chosen} />
        </>
      )}
    </>
  );
}
