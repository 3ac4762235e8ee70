/** What is to be done, what the model says of it so far, hints, and the solution when it is asked for. */
import type { PageExercise } from '../../scenario/page.ts';
import { setUi } from '../state/ui.ts';
import { lessonWords } from '../words/lessons.en.ts';
import { Text } from './markdown.tsx';
import { courseNow, doSolution, type Player, run, showHint, showSolution } from './player.ts';

const t = lessonWords.lesson;

export function ExercisePart({ player, exercise }: { player: Player; exercise: PageExercise }) {
  const course = courseNow(player);
  const hints = course?.hints ?? 0;
  const solved = player.phase === 'solved';
  return (
    <section className="lesson-exercise" aria-label={t.task}>
      <h3>{t.task}</h3>
      <Text>{exercise.task}</Text>
      {!solved && (
        <div className="lesson-buttons">
          <button type="button" className="btn" onClick={() => setUi({ upperTab: 'manifest' })}>
            {t.manifest}
          </button>
          <button type="button" className="btn" onClick={() => setUi({ lowerTab: 'shell', phoneTab: 'shell' })}>
            {t.shell}
          </button>
        </div>
      )}
      <p role="status" className={solved ? 'lesson-solved' : 'lesson-small'}>
        {solved ? (
          <>
            <b>{t.solved}</b> {t.solvedEvidence(course?.solved?.evidence ?? '')}
          </>
        ) : (
          player.evidence && t.trying(player.evidence)
        )}
      </p>
      {exercise.hints.slice(0, hints).map((hint, i) => (
        <div key={hint} className="lesson-hint">
          <b>{t.hint(i + 1, exercise.hints.length)}</b>
          <Text>{hint}</Text>
        </div>
      ))}
      {course?.shown && (
        <div className="lesson-hint">
          <b>{t.solution}</b>
          {exercise.solution.map(({ text, manifest }) => (
            // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by the keyboard.
            <pre key={text} tabIndex={0}>
              {text}
              {manifest && `\n${manifest}`}
            </pre>
          ))}
        </div>
      )}
      {!solved && (
        <div className="lesson-buttons">
          {hints < exercise.hints.length && (
            <button type="button" className="btn" onClick={showHint}>
              {hints === 0 ? t.showHint : t.nextHint}
            </button>
          )}
          {!course?.shown && (
            <button type="button" className="btn" onClick={showSolution}>
              {t.showSolution}
            </button>
          )}
          {course?.shown && (
            <button type="button" className="btn solid" disabled={player.doing} onClick={() => run(doSolution())}>
              {player.doing ? t.doing : t.doIt}
            </button>
          )}
        </div>
      )}
      {solved && exercise.explain && <Text>{exercise.explain}</Text>}
    </section>
  );
}
