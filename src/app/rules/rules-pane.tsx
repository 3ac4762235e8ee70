/** The rules of a node by table and chain: virtual rows, find, the packet's way through the chain, a strip for the whole of it. */
import { useEffect, useMemo, useState } from 'react';
import type { ChainList, Found, ProxyMode } from '../../core/index.ts';
import { askOnce, useLensAnswer } from '../lens/ask.ts';
import { Sizes } from '../lens/ask-row.tsx';
import { WholeText } from '../lens/detail.tsx';
import { useAsking } from '../lens/question.ts';
import { modes } from '../lens/rows.ts';
import { setLens, useLens } from '../lens/store.ts';
import type { SlotProps } from '../slots.tsx';
import { useRecord, useRecords } from '../state/records.ts';
import { openOverlay } from '../state/ui.ts';
import { number } from '../words/en.ts';
import { lensWords as words } from '../words/lens.en.ts';
import { metIn, wayLines } from './lines.ts';
import { Table } from './table.tsx';
import '../lens/lens.css';
import './rules.css';

const t = words.rules;
const first: Record<ProxyMode, [string, string]> = {
  iptables: ['nat', 'KUBE-SERVICES'],
  ipvs: ['ipvs', 'virtual servers'],
  nftables: ['ip kube-proxy', 'services'],
};

export function RulesPane({ height }: SlotProps) {
  const lens = useLens();
  const { services } = lens;
  const running = useRecord<'cluster'>('cluster')?.proxyMode ?? 'iptables';
  const nodes = useRecords('node');
  const asking = useAsking();
  const mode = lens.mode || running;
  const { question } = asking;
  const again = services > asking.own ? 'never' : asking.again;
  const { answer: journey } = useLensAnswer(question ? { ask: 'journey', mode, services, question } : null, again, 800);
  const node = journey?.countedOn || nodes.find((n) => n.glassed)?.name || nodes[0]?.name || '';
  const { answer: list, error } = useLensAnswer(node ? { ask: 'chains', node, mode, services } : null, again, 2000);
  const table = pick(list, lens.table, first[mode][0]);
  const chain = lens.chain || (table?.name === first[mode][0] ? first[mode][1] : (table?.chains[0]?.name ?? ''));
  const of = useMemo(() => (table ? { node, mode, services, table: table.name, chain } : null), [table, node, mode, services, chain]);
  const met = useMemo(() => (table ? metIn(journey && !journey.error ? journey : undefined, table.name, chain) : null), [journey, table, chain]);
  const total = table?.chains.find((c) => c.name === chain)?.rules ?? 0;
  const [place, setPlace] = useState(0);
  const [whole, setWhole] = useState('');
  const lines = useMemo(() => (met && lens.wayOnly && total > 12 ? wayLines(total, met) : null), [met, lens.wayOnly, total]);
  const goTo = (name: string, at = 0): void => {
    setLens({ table: table?.name ?? '', chain: name, wayOnly: at === 0 && lens.wayOnly });
    setPlace(at);
  };
  return (
    <section className="lens rules" aria-label={t.title} style={{ height }}>
      <div className="lens-ask">
        <div className="lens-path">
          <label>
            <span className="unseen">{t.mode}</span>
            <select value={mode} onChange={(event) => setLens({ mode: event.currentTarget.value as ProxyMode, table: '', chain: '' })}>
              {modes.map((m) => (
                <option key={m} value={m}>
                  {words.modes[m]}
                </option>
              ))}
            </select>
          </label>
          <span aria-hidden="true">›</span>
          <label>
            <span className="unseen">{t.table}</span>
            <select value={table?.name ?? ''} onChange={(event) => setLens({ table: event.currentTarget.value, chain: '' })}>
              {list?.tables.map((one) => (
                <option key={one.name} value={one.name}>
                  {one.name}
                </option>
              ))}
            </select>
          </label>
          <span aria-hidden="true">›</span>
          <label>
            <span className="unseen">{t.chain}</span>
            <select className="mono" value={chain} onChange={(event) => goTo(event.currentTarget.value)}>
              {table && !table.chains.some((c) => c.name === chain) && <option value={chain}>{chain}</option>}
              {table?.chains.map((c) => (
                <option key={c.name} value={c.name}>
                  {c.name}
                </option>
              ))}
            </select>
          </label>
          {table && <span className="lens-kind">{t.of(total, table.rules, table.name)}</span>}
        </div>
        <div className="lens-ends">
          <Sizes own={asking.own} name="rules-services" />
          <button type="button" className="btn bare" onClick={() => openOverlay('lens')}>
            {t.lens}
          </button>
          <button type="button" className="btn bare" onClick={() => openOverlay(null)}>
            {words.close}
            <kbd>{words.closeKeys}</kbd>
          </button>
        </div>
        {of && <Find key={`${mode} ${of.table} ${chain} ${services}`} of={of} onPlace={(at) => goTo(chain, at)} onChain={goTo} />}
        <div className="rules-packet">
          {met && total > 12 && (
            <label>
              <input type="checkbox" checked={lens.wayOnly} onChange={(event) => setLens({ wayOnly: event.currentTarget.checked })} /> {t.wayOnly}
            </label>
          )}
          {met && met.matched.length > 0 && !lens.wayOnly && (
            <button type="button" className="btn" onClick={() => setPlace(met.matched[met.matched.length - 1] as number)}>
              {t.jump}
              <kbd>{t.jumpKey}</kbd>
            </button>
          )}
          {question && (
            <span>{t.packet(question.from, `${question.toIP}${question.toPort ? `:${question.toPort}` : ''}`, words.packets[question.packet])}</span>
          )}
        </div>
      </div>
      {of && total > 0 ? (
        <Table
          of={of}
          total={total}
          met={met}
          lines={lines}
          again={again}
          place={place}
          onPlace={setPlace}
          onJump={() => met?.matched.length && setPlace(met.matched[met.matched.length - 1] as number)}
          onChain={goTo}
          onText={setWhole}
        />
      ) : (
        <p className="lens-empty" role="status">
          {error || (list ? t.none : services > asking.own ? words.making(services) : t.reading)}
        </p>
      )}
      {whole !== '' && (
        <section className="lens-detail" aria-label={t.chosen}>
          <WholeText text={whole} />
        </section>
      )}
      {journey && !journey.error && height > 420 && (
        <div className="rules-sums">
          <p>
            <b>{number(journey.rules)}</b> {t.sums[mode]}
          </p>
          <p>
            <b>0</b> {t.later}
          </p>
          <p>
            <b>{number(journey.lookups)}</b> {words.looked(2).replace(/^rules, 2 /, '')}
          </p>
          <p>
            <b>{words.estimate(journey.ns).replace(/ there.*/, '')}</b> {words.outcomes[journey.outcome]}
          </p>
        </div>
      )}
    </section>
  );
}

const pick = (list: ChainList | null, wanted: string, usual: string): ChainList['tables'][number] | undefined =>
  list?.tables.find((one) => one.name === wanted) ?? list?.tables.find((one) => one.name === usual) ?? list?.tables[0];

interface FindProps {
  of: { node: string; mode: ProxyMode; services: number; table: string; chain: string };
  onPlace(place: number): void;
  onChain(chain: string): void;
}

function Find({ of, onPlace, onChain }: FindProps) {
  const [text, setText] = useState('');
  const [found, setFound] = useState<(Found & { text: string }) | null>(null);
  const look = (after: number, jump: boolean): void => {
    const wanted = text.trim();
    if (wanted === '') return;
    askOnce({ ask: 'find', ...of, text: wanted, after }).then(
      (answer) => {
        setFound({ ...answer, text: wanted });
        if (jump && answer.place > 0) onPlace(answer.place);
      },
      () => setFound(null),
    );
  };
  // biome-ignore lint/correctness/useExhaustiveDependencies: what is looked for is the text.
  useEffect(() => {
    const timer = setTimeout(() => look(0, false), 300);
    return () => clearTimeout(timer);
  }, [text]);
  const known = found?.text === text.trim() ? found : null;
  return (
    <form
      className="rules-find"
      onSubmit={(event) => {
        event.preventDefault();
        look(known?.place ?? 0, true);
      }}
    >
      <label>
        <span className="unseen">{t.find}</span>
        <input type="search" className="mono" value={text} placeholder={t.find} onChange={(event) => setText(event.currentTarget.value)} />
      </label>
      <button type="submit" className="btn" disabled={text.trim() === ''}>
        {t.next}
        <kbd>{t.nextKey}</kbd>
      </button>
      <span role="status">{known ? t.found(known.inChain, known.inTable) : ''}</span>
      {known && known.inChain === 0 && known.elsewhere !== '' && (
        <button type="button" className="btn" onClick={() => onChain(known.elsewhere)}>
          {t.elsewhere(known.elsewhere)}
        </button>
      )}
    </form>
  );
}
