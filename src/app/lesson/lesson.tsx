/** The lesson beside the glass: step, prediction, run, verdict with its evidence, exercise. */
import { type ReactNode, useEffect, useRef } from 'react';
import { inWords } from '../../scenario/in-words.ts';
import type { PageStep } from '../../scenario/page.ts';
import { useFrame } from '../state/run.ts';
import { setUi } from '../state/ui.ts';
import { timeText } from '../timebar/time-text.ts';
import { lessonWords } from '../words/lessons.en.ts';
import { ExercisePart } from './exercise.tsx';
import './lesson.css';
import { Text } from './markdown.tsx';
import { answer, back, courseNow, go, next, type Player, returnTo, run, stepNow, usePlayer } from './player.ts';
import { PredictionPart } from './prediction.tsx';

const t = lessonWords.lesson;
export default function Lesson() {
  const player = usePlayer();
  const { scenario, error, name } = player;
  if (error) return <Empty text={error} />;
  if (!scenario) return <Empty text={name ? lessonWords.loading : t.none} />;
  const step = stepNow(player);
  if (!step) return <Empty text={t.noSteps} />;
  return player.phase === 'finished' ? <Finished player={player} /> : <Step key={player.index} player={player} step={step} />;
}

function Empty({ text }: { text: string }) {
  return (
    <div className="lesson">
      <div className="lesson-scroll">
        <p>{text}</p>
        <button type="button" className="btn" onClick={() => setUi({ upperTab: 'gallery' })}>
          {t.toGallery}
        </button>
      </div>
    </div>
  );
}

function Step({ player, step }: { player: Player; step: PageStep }) {
  const { index, phase, scenario } = player;
  const title = useRef<HTMLHeadingElement>(null);
  const steps = scenario?.steps.length ?? 0;
  const inside = useRef(false);
  // Whoever reads with the keyboard or a screen reader begins at the new step's title.
  // biome-ignore lint/correctness/useExhaustiveDependencies: once for each step.
  useEffect(() => {
    if (inside.current || document.activeElement === document.body || document.activeElement?.closest('.lesson')) title.current?.focus({ preventScroll: true });
    inside.current = true;
  }, [index]);
  const open = phase === 'resting' && step.prediction !== null;
  const ready = phase === 'answered' || phase === 'solved' || (phase === 'resting' && !step.prediction);
  const last = index + 1 === steps;
  const advance = (): void => {
    if (open) run(answer());
    else if (ready) next();
  };
  return (
    // No form that is submitted: in a sandboxed frame nothing is.
    // biome-ignore lint/a11y/noStaticElementInteractions: Enter among the answers does what the button does, as in a form.
    <div
      className="lesson"
      onKeyDown={(event) => {
        if (event.key !== 'Enter' || !(event.target instanceof HTMLInputElement)) return;
        event.preventDefault();
        advance();
      }}
    >
      <div className="lesson-scroll">
        <Progress index={index} steps={steps} />
        <h2 ref={title} tabIndex={-1}>
          {step.title}
        </h2>
        <Text>{step.text}</Text>
        <Waits player={player} step={step} />
        {step.prediction && phase !== 'going' && phase !== 'late' && <PredictionPart player={player} prediction={step.prediction} />}
        {step.exercise && (phase === 'trying' || phase === 'solved') && <ExercisePart player={player} exercise={step.exercise} />}
        <Away player={player} />
      </div>
      <Bar>
        <button type="button" className="btn" disabled={index === 0 || !player.courses[index - 1]?.rest} onClick={() => run(back())}>
          {t.back}
        </button>
        {phase === 'going' && (
          <button type="button" className="btn" onClick={() => run(go(index, true))}>
            {t.skip}
          </button>
        )}
        {phase === 'late' && (
          <button type="button" className="btn" onClick={() => run(go(index))}>
            {t.waitOn}
          </button>
        )}
        {(open || phase === 'running') && (
          <button type="button" className="btn solid" disabled={player.chosen === null || phase === 'running'} onClick={advance}>
            {t.run}
            <span className="key" aria-hidden="true">
              ↵
            </span>
          </button>
        )}
        {(ready || phase === 'trying') && (
          <button type="button" className="btn solid" disabled={!ready} onClick={advance}>
            {last ? t.finish : t.next}
            <span className="key" aria-hidden="true">
              ↵
            </span>
          </button>
        )}
      </Bar>
    </div>
  );
}

const Bar = ({ children }: { children: ReactNode }) => <div className="lesson-bar">{children}</div>;

function Progress({ index, steps }: { index: number; steps: number }) {
  return (
    <p className="lesson-progress">
      {t.step(Math.min(index + 1, steps), steps)}
      <span aria-hidden="true">
        {Array.from({ length: steps }, (_, i) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: a bar is its place.
          <i key={i} className={i < index ? 'past' : i === index ? 'now' : ''} />
        ))}
      </span>
    </p>
  );
}

/** What a step waits for, and what of it is there. */
function Waits({ player: { phase, evidence }, step }: { player: Player; step: PageStep }) {
  if ((phase !== 'going' && phase !== 'late') || !step.pause) return null;
  const what = inWords(step.pause);
  return (
    <div className="lesson-waits">
      <p role="status">{phase === 'late' ? t.late(what, String(step.withinMs / 1000)) : t.going(what)}</p>
      {evidence && <p>{t.soFar(evidence)}</p>}
    </div>
  );
}

/** The run was moved from where the step rests: the way back. */
function Away({ player }: { player: Player }) {
  const { phase, index } = player;
  const rest = courseNow(player)?.rest ?? null;
  const nowMs = useFrame((frame) => frame.nowMs);
  if (!rest || phase !== 'resting' || nowMs === rest.atMs) return null;
  return (
    <div className="lesson-away">
      <p>{t.awayText}</p>
      <button type="button" className="btn" onClick={() => run(returnTo(index))}>
        {t.away(timeText(rest.atMs))}
      </button>
    </div>
  );
}

function Finished({ player }: { player: Player }) {
  const title = useRef<HTMLHeadingElement>(null);
  useEffect(() => title.current?.focus({ preventScroll: true }), []);
  return (
    <div className="lesson">
      <div className="lesson-scroll">
        <Progress index={player.scenario?.steps.length ?? 0} steps={player.scenario?.steps.length ?? 0} />
        <h2 ref={title} tabIndex={-1}>
          {t.finished}
        </h2>
        <p>{t.finishedText}</p>
      </div>
      <Bar>
        <button type="button" className="btn" onClick={() => run(back())}>
          {t.back}
        </button>
        <button type="button" className="btn solid" onClick={() => setUi({ upperTab: 'gallery' })}>
          {t.toGallery}
        </button>
      </Bar>
    </div>
  );
}

/** At the right of the tabs. */
export function LessonTitle() {
  const title = usePlayer((player) => player.scenario?.title ?? '');
  return <span className="lesson-title">{title}</span>;
}
