/** Between an embed and the page around it, over postMessage. Every message is plain data and carries `kubarium: 1`. */

export const embedVersion = 1;

/** What to show: one of a scenario, a share link (`v1:…` or its whole address), or manifests. */
export interface Loaded {
  scenario?: string;
  link?: string;
  manifest?: string;
  title?: string;
  seed?: number;
  /** `42s`, or milliseconds. */
  t?: string | number;
}

/** Calls of the page around, by name, with what they are given and what they answer. */
export interface Calls {
  load: [what: Loaded, answer: Now];
  play: [speed: number | undefined, answer: Now];
  pause: [nothing: undefined, answer: Now];
  /** To `42s`, or milliseconds. Answers when it is there. */
  seek: [to: string | number, answer: Now];
  /** `kubectl apply` of these documents, now. */
  apply: [yaml: string, answer: Applied];
  /** A thing by its id of the view, or by kind and name, such as `pod/web` (the first whose name begins so); '' lets go. */
  select: [what: string, answer: { selected: string }];
  theme: [theme: 'light' | 'dark' | 'contrast' | 'auto', answer: null];
  /** The link of this moment. */
  link: [nothing: undefined, answer: { link: string }];
}
export type CallName = keyof Calls;

export interface Now {
  nowMs: number;
}
export interface Applied extends Now {
  out: string;
  err: string;
  /** null: it runs on with the clock. */
  rc: number | null;
}

/** Told to the page around, by type. */
export interface Told {
  /** It runs, and calls are answered. */
  ready: { version: string };
  /** A Kubernetes event of the run. */
  event: { atMs: number; type: string; reason: string; message: string; about: string; count: number };
  /** A step of a lesson is reached, its exercise solved, or the lesson at its end (`index` is `of` then). */
  checkpoint: { scenario: string; step: string; index: number; of: number; atMs: number; kind: 'reached' | 'solved' | 'finished' };
  /** A prediction was answered; `correct`: judged by the run itself. */
  answer: { scenario: string; question: string; choice: string; correct: boolean | null; atMs: number };
  /** Height in CSS px at which nothing is cut. */
  resize: { height: number };
  state: { atMs: number; playing: boolean };
  error: { message: string };
}
export type ToldName = keyof Told;

export type ToEmbed = { kubarium: typeof embedVersion; id: number; call: CallName; give?: unknown };
export type FromEmbed = { kubarium: typeof embedVersion } & (
  | { id: number; ok: true; answer: unknown }
  | { id: number; ok: false; error: string }
  | { type: ToldName; detail: unknown }
);
