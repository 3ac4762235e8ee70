/** The question, the answers, and what the run said. */
import type { Prediction } from '../../scenario/format.ts';
import { timeText } from '../timebar/time-text.ts';
import { lessonWords } from '../words/lessons.en.ts';
import { Text } from './markdown.tsx';
import { type Answer, choose, courseNow, type Player } from './player.ts';

const t = lessonWords.lesson;

export function PredictionPart({ player, prediction }: { player: Player; prediction: Prediction }) {
  const answer = courseNow(player)?.answer ?? null;
  const { phase, chosen } = player;
  const picked = answer?.choice ?? chosen;
  return (
    <fieldset className="lesson-question" disabled={phase === 'running' || answer !== null}>
      <legend>{prediction.question}</legend>
      {prediction.choices.map((choice, i) => {
        const right = answer?.verdicts[i]?.holds ?? false;
        const mark = [right ? t.right : '', picked === i && (answer || phase === 'running' || chosen === i) ? t.yours : ''].filter(Boolean).join(', ');
        return (
          <label key={choice.text} className={`lesson-choice ${picked === i ? 'picked' : ''} ${answer ? (right ? 'right' : 'not') : ''}`}>
            <input type="radio" name="prediction" className="unseen" checked={picked === i} onChange={() => choose(i)} />
            <span className="number" aria-hidden="true">
              {answer && right ? '✓' : i + 1}
            </span>
            <span className="text">{choice.text}</span>
            {mark && <small>{mark}</small>}
          </label>
        );
      })}
      {!answer && <p className="lesson-small">{phase === 'running' ? t.running : t.judged}</p>}
      {answer && <Said answer={answer} prediction={prediction} />}
    </fieldset>
  );
}

function Said({ answer, prediction }: { answer: Answer; prediction: Prediction }) {
  const right = answer.verdicts.findIndex((verdict) => verdict.holds);
  const evidence = answer.verdicts[right]?.evidence ?? answer.verdicts[answer.choice]?.evidence ?? '';
  return (
    <div className="lesson-verdict" role="status">
      <p>
        <b>{right < 0 ? t.noneRight : answer.verdicts[answer.choice]?.holds ? t.rightVerdict : t.wrongVerdict(prediction.choices[right]?.text ?? '')}</b>
      </p>
      {evidence && <p className="lesson-evidence">{t.evidence(evidence, timeText(answer.atMs))}</p>}
      {prediction.explain && <Text>{prediction.explain}</Text>}
    </div>
  );
}
