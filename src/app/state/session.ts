/** The page's one session. */
import { opening } from '../opening.ts';
import { connect } from './connect.ts';
import { applyFrame, useRun } from './run.ts';
import { SessionClient } from './session-client.ts';

export const session = new SessionClient(connect, {
  frame: applyFrame,
  health: (health) => useRun.setState({ health }),
  opened: (opened) => useRun.setState({ opened }),
  beforePaint: (draw) => void requestAnimationFrame(draw),
});

/** What every link without a scenario begins with: running at once. */
export async function openDefault(): Promise<void> {
  await session.open(opening);
  session.play(1);
}

export function togglePlay(): void {
  const { playing, speed } = useRun.getState();
  if (playing) session.pause();
  else session.play(speed);
}

export const setSpeed = (speed: number): void => {
  // Said at once; the session's next frame says the same.
  useRun.setState({ speed });
  if (useRun.getState().playing) session.play(speed);
};
