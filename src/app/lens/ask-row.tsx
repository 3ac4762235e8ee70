/** The question: from where, to where, which packet; how many Services; and Close. */
import type { LensPacketQuestion } from '../../core/index.ts';
import { openOverlay } from '../state/ui.ts';
import { lensWords as t } from '../words/lens.en.ts';
import { type Asking, other } from './question.ts';
import { type LensView, setLens, useLens } from './store.ts';

export const sizes = [0, 1000, 20_000];
const views: readonly LensView[] = ['modes', 'paste', 'others'];
const protocols: readonly LensPacketQuestion['protocol'][] = ['tcp', 'udp', 'sctp', 'icmp'];

export function AskRow({ asking }: { asking: Asking }) {
  const { typed, to, packet, seed, view } = useLens();
  const { starts, goals, start, goal, own } = asking;
  return (
    <div className="lens-ask">
      <div className="lens-path">
        {view === 'modes' && (
          <>
            <label>
              <span className="unseen">{t.from}</span>
              <select value={start?.key ?? ''} onChange={(event) => setLens({ from: event.currentTarget.value })}>
                {starts.map((s) => (
                  <option key={s.key} value={s.key}>
                    {s.label}
                  </option>
                ))}
              </select>
            </label>
            <span>{t.to}</span>
            <label>
              <span className="unseen">{t.goal}</span>
              <select value={goal?.key ?? ''} onChange={(event) => setLens({ to: event.currentTarget.value })}>
                {goals.map((g) => (
                  <option key={g.key} value={g.key}>
                    {g.label}
                  </option>
                ))}
                <option value={other}>{t.other}</option>
              </select>
            </label>
            {to === other && <Typed typed={typed} />}
            <label>
              <span className="unseen">{t.packet}</span>
              <select value={packet} onChange={(event) => setLens({ packet: event.currentTarget.value as 'first' | 'later' })}>
                <option value="first">{`${goal?.protocol.toUpperCase() ?? ''} ${t.packets.first}`}</option>
                <option value="later">{t.packets.later}</option>
              </select>
            </label>
          </>
        )}
      </div>
      <div className="lens-ends">
        {view === 'modes' && <Sizes own={own} name="lens-services" />}
        <button type="button" className="btn bare" onClick={() => openOverlay(null)}>
          {t.close}
          <kbd>{t.closeKeys}</kbd>
        </button>
      </div>
      <p>{view === 'modes' ? t.note : view === 'paste' ? t.paste.empty : t.cards.intro}</p>
      <div className="lens-look">
        {view === 'modes' && (
          <label className="lens-seed">
            <span>{t.seed}</span>
            <input
              className="mono"
              type="number"
              min={1}
              max={999_999}
              value={seed}
              onChange={(event) => setLens({ seed: Math.max(1, Math.min(999_999, Math.floor(Number(event.currentTarget.value)) || 1)) })}
            />
          </label>
        )}
        <fieldset className="lens-choice lens-views">
          <legend className="unseen">{t.viewsLabel}</legend>
          {views.map((v) => (
            <label key={v}>
              <input type="radio" name="lens-view" checked={view === v} onChange={() => setLens({ view: v })} />
              <span>{t.views[v]}</span>
            </label>
          ))}
        </fieldset>
      </div>
    </div>
  );
}

/** `3 Services | 1 000 | 20 000` */
export function Sizes({ own, name }: { own: number; name: string }) {
  const services = useLens((lens) => lens.services);
  return (
    <fieldset className="lens-choice">
      <legend className="unseen">{t.services}</legend>
      {sizes.map((size) => (
        <label key={size}>
          <input type="radio" name={name} checked={services === size} onChange={() => setLens({ services: size })} />
          <span>{size === 0 ? t.own(own) : t.own(size).replace(/ \D+$/, '')}</span>
        </label>
      ))}
    </fieldset>
  );
}

function Typed({ typed }: { typed: ReturnType<typeof useLens.getState>['typed'] }) {
  return (
    <>
      <input
        className="mono"
        aria-label={t.address}
        value={typed.ip}
        placeholder="10.96.0.10"
        onChange={(event) => setLens({ typed: { ...typed, ip: event.currentTarget.value.trim() } })}
      />
      {typed.protocol !== 'icmp' && (
        <input
          className="mono lens-port"
          aria-label={t.port}
          type="number"
          min={1}
          max={65535}
          value={typed.port}
          onChange={(event) => setLens({ typed: { ...typed, port: Number(event.currentTarget.value) } })}
        />
      )}
      <select
        aria-label={t.protocol}
        value={typed.protocol}
        onChange={(event) => setLens({ typed: { ...typed, protocol: event.currentTarget.value as LensPacketQuestion['protocol'] } })}
      >
        {protocols.map((p) => (
          <option key={p} value={p}>
            {p.toUpperCase()}
          </option>
        ))}
      </select>
    </>
  );
}
