/** What became of files and text from outside. Loaded when there is something to say. */
import { panelWords } from '../words/panels.en.ts';
import { forgetIntake, type Refusal, useIntake } from './intake-store.ts';

const t = panelWords.editor.intake;
const most = 8;

const refusalText = ({ name, why, n, words }: Refusal): string =>
  why === 'tooMany' ? t.tooMany(n) : why === 'pasteTooLarge' ? t.pasteTooLarge(n) : `${name}: ${why === 'notYaml' ? t.notYaml(words ?? '') : t.why[why](n)}`;

export default function IntakeNotice() {
  const { read, refused, cleaned } = useIntake();
  return (
    <div className="editor-notice intake" role="status">
      <div>
        {read.length > 0 && <p>{t.read(read.length, read[0] ?? '')}</p>}
        {cleaned && (
          <p>
            {t.cleaned(cleaned.cleaned, cleaned.removed.slice(0, 8).join(', '))}
            {cleaned.secrets > 0 && ` ${t.secrets(cleaned.secrets)}`}
            {cleaned.left.length > 0 && ` ${t.left(cleaned.left.length, cleaned.left.slice(0, 3).join(', '))}`}
            {cleaned.namespaces.length > 0 && ` ${t.namespaces(cleaned.namespaces.join(', '))}`}
          </p>
        )}
        {refused.length > 0 && (
          <ul aria-label={t.refused}>
            {refused.slice(0, most).map((refusal) => (
              <li key={`${refusal.name} ${refusal.why}`}>{refusalText(refusal)}</li>
            ))}
            {refused.length > most && <li>{t.more(refused.length - most)}</li>}
          </ul>
        )}
      </div>
      <button type="button" className="btn bare" aria-label={panelWords.editor.dismiss} onClick={forgetIntake}>
        ×
      </button>
    </div>
  );
}
