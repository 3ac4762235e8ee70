/** Proxies that are explained and not simulated. */
import { lensWords as t } from '../words/lens.en.ts';

export function Others() {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable.
    <section className="lens-walk lens-others" tabIndex={0} aria-label={t.views.others}>
      {t.cards.list.map((card) => (
        <article key={card.name}>
          <h2>
            {card.name} <small>∅ {t.cards.notSimulated}</small>
          </h2>
          <p>{card.when}</p>
          <ol aria-label={card.name}>
            {card.parts.map((part) => (
              <li key={part} className="mono">
                {part}
              </li>
            ))}
          </ol>
          <p>{card.how}</p>
          <p>{card.cost}</p>
        </article>
      ))}
    </section>
  );
}
