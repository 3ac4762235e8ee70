/** Pieces of the Inspector: heading, message, facts, foldable sections. */
import { type ReactNode, useState } from 'react';
import type { StateFamily } from '../../core/index.ts';
import { StateGlyph } from '../map/glyphs.tsx';
import { panelWords } from '../words/panels.en.ts';

const t = panelWords.inspector;

export function Heading({ family, title, right }: { family: StateFamily | null; title: string; right?: ReactNode }) {
  return (
    <h2 className="insp-title">
      {family && <StateGlyph family={family} />}
      <span>{title}</span>
      {right !== undefined && right !== '' && <small>{right}</small>}
    </h2>
  );
}

export const Verbatim = ({ text }: { text: string }) => (text ? <p className="insp-message mono">{text}</p> : null);

export function Facts({ facts }: { facts: readonly (readonly [value: string, label: string])[] }) {
  return (
    <dl className="insp-facts">
      {facts.map(([value, label]) => (
        <div key={label}>
          <dd>{value}</dd>
          <dt>{label}</dt>
        </div>
      ))}
    </dl>
  );
}

export function Section({ title, children }: { title: string; children: ReactNode }) {
  return (
    <section className="insp-section">
      <h3>{title}</h3>
      {children}
    </section>
  );
}

/** Its content is made, and asked for, when it is open. */
export function Fold({ title, children, right }: { title: string; children: () => ReactNode; right?: string }) {
  const [open, setOpen] = useState(false);
  return (
    <details className="insp-fold" onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary>
        {title}
        {right && <small>{right}</small>}
      </summary>
      {open && children()}
    </details>
  );
}

export function Copy({ text }: { text: string }) {
  const [copied, setCopied] = useState(false);
  return (
    <button
      type="button"
      className="btn bare"
      onClick={() => {
        navigator.clipboard?.writeText(text).then(
          () => setCopied(true),
          () => {},
        );
      }}
    >
      {copied ? t.copied : t.copy}
    </button>
  );
}
